"""The program of worker processes, with the priority of all other processes.

With the least one, it may be given nothing for a minute by a machine that runs several tests.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "me_api" / "transport" / "worker_main.py"
spec = spec_from_file_location("worker_main", PROGRAM)
assert spec is not None and spec.loader is not None
program = module_from_spec(spec)
spec.loader.exec_module(program)

if __name__ == "__main__":
    program.NICENESS = 0  # type: ignore[attr-defined]
    path, function, cpu_seconds, memory = sys.argv[1:]
    program.main(path, function, float(cpu_seconds), int(memory))
