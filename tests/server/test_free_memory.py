"""Memory after large bodies and after many small ones."""

import subprocess
import sys

import pytest

from proxy_core.server.free_memory import release_large_blocks

PROGRAM = """
import threading
from proxy_core.server.free_memory import release_large_blocks

def work():
    for _ in range(4):
        body = bytearray(20_000_000)
        meeting.wait()
        copy = bytes(body)
        meeting.wait()
        small.append(bytes(2000))
        del body, copy
    meeting.wait()
    seen.append(int(open("/proc/self/statm").read().split()[1]) * 4096 // 1_000_000)
    meeting.wait()

if {switched}:
    release_large_blocks()
seen, small, meeting = [], [], threading.Barrier(8)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(max(seen))
"""


def megabytes_left(*, switched: bool) -> int:
    program = PROGRAM.format(switched=switched)
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout)


@pytest.mark.parametrize("switched", [True, False])
def test_threads_keep_no_large_blocks(switched: bool) -> None:
    """The other way round it shows that the C library would keep them."""
    if release_large_blocks():
        assert (megabytes_left(switched=switched) < 100) is switched


SCATTERED = """
from proxy_core.server.free_memory import release_free_blocks

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 // 1_000_000

blocks = [bytearray(3000) for _ in range(40_000)]
kept = blocks[::100]
del blocks
before = resident()
released = release_free_blocks()
print(released, before - resident())
"""


def test_free_blocks_between_used_ones_go_back() -> None:
    program = [sys.executable, "-c", SCATTERED]
    released, megabytes = subprocess.run(program, capture_output=True, check=True, text=True).stdout.split()

    assert (int(megabytes) > 30) is (released == "True")
