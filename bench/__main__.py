"""Start the benchmark in a process of its own, which has one thread from its first import on."""

import os
import subprocess
import sys

from bench.measuring import one_thread

command = [sys.executable, "-m", "bench.session", *sys.argv[1:]]
sys.exit(subprocess.run(command, env=one_thread(os.environ), check=False).returncode)
