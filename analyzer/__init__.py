"""Why a Nextflow task on AWS Batch Spot failed when Fusion Snapshots should have saved it."""

__version__ = "0.1.0"
