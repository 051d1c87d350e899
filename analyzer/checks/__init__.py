"""The pre-flight: every requirement of Fusion Snapshots on AWS Batch, held against what was found of an environment."""
