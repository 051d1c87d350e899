"""How secrets are taken out of what is kept: by their shape and name, and by what the job's own environment shows."""

from __future__ import annotations

from analyzer.evidence.capture_mask import Masks
from analyzer.evidence.model import Document, Evidence
from analyzer.support.known_secrets import known_secrets, mask_known
from analyzer.support.redaction import mask_environment, mask_secrets


def masks_of(evidence: Evidence) -> Masks:
    """For a capture of this evidence."""
    secrets = known_secrets(evidence.job, evidence.array_parent)

    def masked(text: str) -> str:
        return mask_secrets(mask_known(text, secrets))

    def masked_document(document: Document) -> Document:
        return mask_known(mask_environment(document), secrets)

    def masked_name(name: str) -> str:
        return "/".join(map(masked, name.split("/")))

    return Masks(masked, masked_document, name=masked_name)
