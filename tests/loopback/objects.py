"""Work directories in moto's S3: true answers for ranges, listings in pages and errors."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

if TYPE_CHECKING:
    from tests.loopback.scenario import Scenario


def seed(scenario: Scenario, endpoint: str) -> None:
    """Put a scenario's work directory into the bucket that its job names, with the sizes and times of its listing."""
    if scenario.work_directory is None:
        return
    bucket, prefix = scenario.work_directory
    client = s3_client(endpoint, scenario.region)
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": scenario.region})
    files = scenario.files()
    if scenario.child_directory:
        # an array's children share the wrapper that the job names, and have a directory each for all else
        client.put_object(Bucket=bucket, Key=f"{prefix}/.command.run", Body=files[".command.run"])
        prefix = scenario.child_directory
    for name, data in files.items():
        client.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=data)
    for entry in scenario.listing():
        if entry["key"] not in files:
            client.put_object(Bucket=bucket, Key=f"{prefix}/{entry['key']}", Body=b"")
        _record(bucket, f"{prefix}/{entry['key']}", entry)


def _record(bucket: str, key: str, entry: dict[str, Any]) -> None:
    # memory images of many GiB are only listed: moto is told the size and the time, the bytes are never there
    stored = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys[key]
    stored.contentsize = entry["size"]
    stored.last_modified = datetime.fromisoformat(entry["last_modified"]).astimezone(UTC).replace(tzinfo=None)


def s3_client(endpoint: str, region: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - moto wants some key
        config=Config(s3={"addressing_style": "path"}),
    )
