"""Facts about machine, process and commit."""

import json
import os
import subprocess

import numpy as np

from src.benchmarking.timing import PROJECT, commit, machine_facts, peak_mb, process_facts

CPUINFO = """processor\t: 0
model name\t: Zuse Z3
flags\t\t: fpu avx2 avx512_bf16 sse

processor\t: 1
model name\t: Zuse Z3
flags\t\t: fpu avx2 avx512_bf16 sse
"""


def test_processor_and_its_flags_are_read(tmp_path):
    (tmp_path / "cpuinfo").write_text(CPUINFO)
    facts = machine_facts(tmp_path / "cpuinfo")
    assert facts["cpu"] == "Zuse Z3" and facts["cpu_flags"] == ["avx2", "avx512_bf16"]
    assert facts["affinity"] == len(os.sched_getaffinity(0)) <= facts["cores"]


def test_a_system_without_cpuinfo_has_facts_too(tmp_path):
    facts = machine_facts(tmp_path / "missing")
    assert facts["cpu"] and facts["cpu_flags"] == []
    assert str(PROJECT) not in json.dumps(facts)


def test_facts_about_tensorflow():
    import tensorflow as tf

    facts = process_facts()
    assert facts["tensorflow"] == tf.__version__ and facts["gpu"] is None
    assert facts["intra_op"] >= 0 and facts["inter_op"] >= 0


def test_without_tensorflow_there_are_none(run_python):
    code = "from src.benchmarking.timing import process_facts; print(process_facts())"
    assert run_python(code).stdout == "{}\n"


def test_memory_is_counted_in_megabytes():
    block = np.ones(200 * 10**6, np.uint8)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
    assert block.nbytes / 1e6 <= peak_mb() <= machine


def test_commit_of_a_repository(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert commit(tmp_path) is None
    git("init")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "first")
    head = git("rev-parse", "HEAD")
    assert commit(tmp_path) == head[:12]
    (tmp_path / "a").write_text("2")
    assert commit(tmp_path) == f"{head[:12]}+"
