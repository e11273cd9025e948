"""What has to be made for a pair list: sets of shards, what of them is there, and how they end.

Shards are made in a staging folder `.<stem>.partial-<fingerprint>`, each followed by a note
`<shard>.json` that says it is whole. When all are there they are moved to their place and the
manifest is written last. So a preparation that was killed at any moment goes on when it is started
again, and a set of which a shard was damaged later is mended.
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from src.base.errors import UserError
from src.base.files import atomic_write_text, file_sha256
from src.base.settings import differences
from src.pairs.pair_list import SPLITS, Pair, read_pair_list, read_some_pairs
from src.parameters.design import Design
from src.parameters.models import Environment
from src.records.store import (
    SCHEMA_VERSION,
    Manifest,
    Shard,
    check_shard,
    manifest_path,
    read_manifest,
    record_parameters,
    shard_name,
)


@dataclass(frozen=True)
class ShardJob:
    """All that is needed to make one shard, in any process.

    Attributes:
        path: The shard, in the staging folder.
        index: Its number, from 0.
        count: Number of shards; the split's pairs are dealt to them in turn.
        split: "train" or "validation".
        pair_list: The list of pairs.
        pair_list_sha256: SHA-256 of the list when the work was planned.
        root: Folder that the list's paths are relative to.
        design: What the records are made for.
    """

    path: Path
    index: int
    count: int
    split: str
    pair_list: Path
    pair_list_sha256: str
    root: Path
    design: Design

    @property
    def note(self) -> Path:
        """The file that says the shard is whole."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def count_file(self) -> Path:
        """The file that tells how many pairs are done while the shard is being made."""
        return self.path.with_name(f".{self.path.name}.count")

    def read_pairs(self) -> list[tuple[int, Pair]]:
        """The shard's pairs, each with its row in the list, the header being row 1.

        Raises:
            UserError: The list was changed since the work was planned.
        """
        if file_sha256(self.pair_list) != self.pair_list_sha256:
            raise UserError(f"{self.pair_list}: was changed meanwhile; run the same command again")
        return list(read_some_pairs(self.pair_list, self.split, self.index, self.count))


@dataclass(frozen=True)
class RecordPlan:
    """One set of records to be made.

    Attributes:
        manifest: Where its manifest will be.
        parameters: What its records depend on, see `record_parameters`.
        pair_list_sha256: SHA-256 of the list of pairs.
        pairs: Its pairs in the list.
        staging: Folder where the shards are made; another one for whatever changes their bytes.
        jobs: One for each shard.
    """

    manifest: Path
    parameters: dict[str, bool | int | float]
    pair_list_sha256: str
    pairs: int
    staging: Path
    jobs: tuple[ShardJob, ...]

    def finished_shards(self) -> dict[str, Shard]:
        """The shards by file name that were made before and are whole, staged or in place."""
        noted = read_manifest(self.manifest).shards if self.manifest.exists() else ()
        shards = {shard.file: shard for shard in noted} | self._notes()
        return {name: shard for name, shard in shards.items() if self._is_whole(shard)}

    def forget_skipped(self) -> None:
        """Removes the notes of shards with skipped pairs: those pairs are tried again next time."""
        for shard in self._notes().values():
            if shard.skipped:
                (self.staging / f"{shard.file}.json").unlink()

    def finish(self, shards: Mapping[str, Shard]) -> Manifest:
        """Moves the shards to their place and writes the manifest, unless that was done before.

        Args:
            shards: By file name, all of the plan's shards and perhaps others.

        Raises:
            UserError: No pair at all could be read.
        """
        if self.manifest.exists() and not self.staging.exists():
            return read_manifest(self.manifest)
        own = tuple(shards[job.path.name] for job in self.jobs)
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            parameters=self.parameters,
            pair_list_sha256=self.pair_list_sha256,
            pairs=sum(shard.pairs for shard in own),
            shards=own,
        )
        if not manifest.pairs:
            self.forget_skipped()
            raise UserError(f"{self.manifest}: of the {self.pairs} pairs for it none can be read")
        for shard in manifest.shards:
            _move_to_place(self.staging / shard.file, self.manifest.parent / shard.file)
        atomic_write_text(self.manifest, manifest.model_dump_json(indent=2) + "\n")
        shutil.rmtree(self.staging)
        return manifest

    def refuse_other(self) -> None:
        """Checks that no set is in place that this one would overwrite.

        Raises:
            UserError: There is one, made from another list or with other parameters.
        """
        if not self.manifest.exists():
            return
        made = read_manifest(self.manifest)
        wrong = differences({"design": made.parameters}, {"design": self.parameters})
        if made.pair_list_sha256 != self.pair_list_sha256:
            wrong.append("they were made from another list of pairs")
        elif len(made.shards) != len(self.jobs):
            wrong.append(f"they are {len(made.shards)} shards instead of {len(self.jobs)}")
        if wrong:
            raise UserError(
                f"{self.manifest}: there are other records already ({', '.join(wrong)}); remove "
                f"{self.manifest.stem}*, or choose another environment.tfrecord_path or file name"
            )

    def leftovers(self) -> list[Path]:
        """Staging folders that interrupted preparations of other records left behind."""
        pattern = f".{self.manifest.stem}.partial-*"
        return sorted(set(self.manifest.parent.glob(pattern)) - {self.staging})

    def _notes(self) -> dict[str, Shard]:
        notes = [job.note for job in self.jobs if job.note.exists()]
        shards = [_read_note(note) for note in notes]
        return {shard.file: shard for shard in shards if shard}

    def _is_whole(self, shard: Shard) -> bool:
        for folder in (self.staging, self.manifest.parent):
            try:
                check_shard(shard, folder / shard.file)
            except UserError:
                continue
            return True
        return False


def plan_records(design: Design, env: Environment, num_shards: int) -> list[RecordPlan]:
    """Plans the sets of `environment.pair_list`: training and validation.

    Args:
        design: What the records are made for.
        env: The list, the data set, the names of the sets.
        num_shards: Shards of the training set (`run.num_shards`); fewer if there are fewer pairs.
            The validation set has shards of about the same size.

    Returns:
        Both sets; that for validation may have no pairs.

    Raises:
        UserError: The list is not usable.
    """
    pairs = Counter(pair.split for pair in read_pair_list(env.pair_list))
    if not pairs["train"]:
        raise UserError(f"{env.pair_list}: the list has no training pairs; make it anew")
    counts = {split: -(-num_shards * pairs[split] // pairs["train"]) for split in SPLITS}
    return [
        _plan_set(design, env, split, pairs[split], min(counts[split], pairs[split]))
        for split in SPLITS
    ]


def _plan_set(
    design: Design, env: Environment, split: str, pairs: int, shard_count: int
) -> RecordPlan:
    pair_list, manifest = Path(env.pair_list), manifest_path(env, split)
    parameters, list_sha256 = record_parameters(design), file_sha256(pair_list)
    depends_on = json.dumps([SCHEMA_VERSION, parameters, list_sha256, shard_count], sort_keys=True)
    fingerprint = hashlib.sha256(depends_on.encode()).hexdigest()[:12]
    staging = manifest.with_name(f".{manifest.stem}.partial-{fingerprint}")
    jobs = tuple(
        ShardJob(
            path=staging / shard_name(manifest.stem, index, shard_count),
            index=index,
            count=shard_count,
            split=split,
            pair_list=pair_list,
            pair_list_sha256=list_sha256,
            root=Path(env.root_dataset),
            design=design,
        )
        for index in range(shard_count)
    )
    return RecordPlan(manifest, parameters, list_sha256, pairs, staging, jobs)


def _move_to_place(staged: Path, path: Path) -> None:
    try:
        staged.replace(path)
    except FileNotFoundError as error:
        if not path.exists():
            raise UserError(f"{staged}: is missing; run the same command again") from error


def _read_note(note: Path) -> Shard | None:
    """What a note says, or None if it is damaged, as after a power failure."""
    try:
        return Shard.model_validate_json(note.read_bytes())
    except ValidationError:
        return None
