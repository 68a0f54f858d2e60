"""The project's sessions: `nox -l` lists them, `nox -s NAME -- ARGS` passes ARGS on."""

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["docs", "tests", "doctest", "lint", "types", "bench", "site"]

LOCKS = Path("locks")
SITE = Path("_build/html")
CPU = "+cpu"  # in the name of a wheel of PyTorch; on Linux others are of several gigabytes
NUMPY = "import numpy; print(numpy.__version__)"
# The tests of mcalc itself; that of the cluster measures memory, which is that of the locks.
LEFT_OUT = ("ext", "book", "test_bench.py", "backends/test_cluster.py")
OF_MCALC = ["tests", *(f"--ignore=tests/{name}" for name in LEFT_OUT)]


@nox.session(default=False)
def env(session: nox.Session) -> None:
    """Install the locked packages and mcalc into the one environment that the others share."""
    inputs = [Path("pyproject.toml"), *sorted(LOCKS.glob("*.txt"))]
    contents = [path.read_bytes() for path in inputs]
    here = str(Path.cwd()).encode()  # where mcalc is installed from: a folder may be moved
    state = hashlib.sha256(b"".join([here, *contents])).hexdigest()
    stamp = Path(session.bin).parent / "installed.txt"
    if stamp.exists() and stamp.read_text() == state:
        return session.log("Everything is installed; delete .nox to start afresh.")
    stamp.unlink(missing_ok=True)  # an installation that breaks off is begun again
    locked = ["--require-hashes", "--no-deps", "-r"]  # the locks are complete: nothing to resolve
    session.install(*locked, "locks/main.txt")
    if (wheel := chosen_torch(session)) is None:
        return session.warn("`nox -R` installs nothing, and the locks have changed.")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() not in (LOCKS / "torch.txt").read_text():
        session.error(f"{wheel.name} is not in locks/torch.txt; `nox -s lock` adds its hash")
    session.install("--no-deps", str(wheel))
    if CPU not in wheel.name:
        session.install(*locked, "locks/cuda.txt")  # its markers leave macOS and Windows out
    shutil.rmtree(wheel.parent)
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("python", "-m", "pip", "check")
    stamp.write_text(state)


def python_of_env(session: nox.Session) -> str:
    """Return the Python of the environment that `env` made."""
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return str(session.cache_dir.parent.absolute() / "env" / folder / "python")


def shared(session: nox.Session, *args: str) -> None:
    """Run Python in the environment that `env` made: one copy of torch serves every session."""
    # Else Sphinx prints a dependency's deprecations, and IPython warns of nox's environment.
    quiet = {"PYTHONWARNINGS": "default::DeprecationWarning:__main__", "VIRTUAL_ENV": None}
    # After Ctrl-C a build cleans up; nox would kill it after half a second.
    session.run(
        python_of_env(session), *args, env=quiet, interrupt_timeout=10, terminate_timeout=10
    )


@nox.session(venv_backend="none", requires=["env"])
def docs(session: nox.Session) -> None:
    """Build the site into _build/html, running every cell; if it fails, the last site stays."""
    shared(session, "tools/build.py", str(SITE), *session.posargs)
    session.log(f"Open {SITE}/index.html; or: python3 -m http.server --bind 127.0.0.1 -d {SITE}")


@nox.session(venv_backend="none", requires=["docs"], default=False)
def book(session: nox.Session) -> None:
    """Make the whole book as one EPUB and one PDF beside the site, which then offers both."""
    shared(session, "tools/take_along.py", str(SITE), "_build/doctrees")


@nox.session(venv_backend="none", requires=["env"], default=False)
def live(session: nox.Session) -> None:
    """Serve the site from _build/live, built and shown again on every save; `-- --port N`."""
    shared(session, "tools/live.py", "_build/live", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def tests(session: nox.Session) -> None:
    """Run the tests; arguments go to pytest, a path among them replaces the folder tests."""
    shared(session, "-m", "pytest", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def doctest(session: nox.Session) -> None:
    """Run the examples of the docstrings, the README and the pages."""
    where = ["mcalc", "bench", "README.md", "CONTRIBUTING.md", "docs", "--ignore=docs/_ext"]
    shared(session, "-m", "pytest", "--doctest-modules", *where, *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def bench(session: nox.Session) -> None:
    """Time mcalc against its peers; `-- --quick` for few repeats, `-- --publish` for the page."""
    shared(session, "-m", "bench", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff (`ruff format .` repairs it), workflows with zizmor."""
    session.install("--require-hashes", "--no-deps", "-r", "locks/lint.txt")
    session.run("ruff", "check", ".", *session.posargs)
    session.run("ruff", "format", "--check", ".")
    session.run("zizmor", "--offline", "--no-progress", ".github")


@nox.session(venv_backend="none", requires=["env"])
def types(session: nox.Session) -> None:
    """Check the types with mypy in strict mode."""
    shared(session, "-m", "mypy", *session.posargs)


@nox.session(venv_backend="none", requires=["env"])
def site(session: nox.Session) -> None:
    """Build the site twice, and check every page in a browser; arguments go to pytest."""
    shared(session, "-m", "pytest", "tests/site", *session.posargs)


@nox.session(default=False)
def floor(session: nox.Session) -> None:
    """Run mcalc's tests on the lowest and the newest NumPy that are allowed, on each Python."""
    session.install("uv")
    settings = nox.project.load_toml("pyproject.toml")
    (numpy,) = (p for p in settings["project"]["dependencies"] if p.startswith("numpy"))
    others = [*settings["dependency-groups"]["floor"], "--only-binary=:all:"]
    wheel = chosen_torch(session)  # for the Python that runs nox
    torch = [str(wheel)] if wheel and (CPU in wheel.name or sys.platform != "linux") else []
    passed, missing = [], []
    for version in nox.project.python_versions(settings):
        for end in ("lowest-direct", "highest"):
            python = with_python(session, version, f"floor-{version}-{end}")
            if python is None:
                missing.append(version)
                break
            install = ["uv", "pip", "install", "--quiet", "--python", python]
            session.run(*install, f"--resolution={end}", "--only-binary=:all:", numpy)
            found = str(session.run(python, "-c", NUMPY, silent=True, external=True)).strip()
            own = torch if version == f"{sys.version_info[0]}.{sys.version_info[1]}" else []
            session.run(*install, f"numpy=={found}", *others, *own)
            session.log(f"Python {version}, NumPy {found}:")
            here = {"PYTHONPATH": str(Path.cwd())}  # some tests run mcalc from another folder
            command = [python, "-m", "pytest", "-q", *OF_MCALC, *session.posargs]
            session.run(*command, env=here, external=True)
            passed.append(f"{version} with NumPy {found}")
    if missing:
        session.warn(f"Not tested on Python {', '.join(missing)}: not here, and uv cannot get it.")
    if not passed:
        session.error("There was no Python to test on.")
    session.log(f"Passed on Python {', '.join(passed)}.")


def with_python(session: nox.Session, version: str, name: str) -> str | None:
    """Make an environment with a version of Python, and return its path; None if there is none."""
    folder = Path(session.create_tmp()) / name
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.*/bin")
    path = os.pathsep.join([*map(str, pyenv), os.environ["PATH"]])  # its shims run only one
    command = ["uv", "venv", "--quiet", "--clear", "--python", version, str(folder)]
    said = session.run(*command, env={"PATH": path}, success_codes=range(256), silent=True)
    for python in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
        if python.exists():
            return str(python)
    session.warn(f"uv: {said}")
    return None


@nox.session(requires=["env"], default=False)
def mutants(session: nox.Session) -> None:
    """Change the code and see the tests fail; `-- checks --sample 100` for a part and so many."""
    session.install("--require-hashes", "--no-deps", "-r", "locks/mutants.txt")
    session.run("python", "tools/mutants.py", python_of_env(session), *session.posargs)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Ask for known vulnerabilities of the locked packages; say so if nobody can be asked."""
    session.install("pip-audit")
    locks = [f"--requirement={LOCKS / name}.txt" for name in ("main", "lint", "mutants")]
    command = ["pip-audit", "--disable-pip", "--no-deps", "--progress-spinner=off", *locks]
    said = session.run(*command, "--format=json", silent=True, success_codes=[0, 1]) or ""
    found = re.search(r"^\{.*\}$", said, re.MULTILINE)
    if not found:
        session.error(f"the vulnerabilities are unknown, since nobody answered:\n{said[-500:]}")
    packages = json.loads(found[0])["dependencies"]
    faulty = [package for package in packages if package.get("vulns")]
    for package in faulty:
        names = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        session.log(f"{package['name']} {package['version']}: {names}")
    if faulty:
        session.error("`nox -s lock -- --upgrade` takes newer versions")
    # A package that the index does not answer for counts as faultless in the tool's own summary.
    if unknown := [package["name"] for package in packages if "skip_reason" in package]:
        session.error(f"nobody answered for {len(unknown)} packages, such as {unknown[0]}")


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Rewrite the locks from pyproject.toml; `-- --upgrade` takes newer versions too."""
    session.install("uv")
    parts = {"main": [], "torch": [], "cuda": []}
    parts |= {name: compile_lock(session, f"--group={name}") for name in ("lint", "mutants")}
    groups = ["--group=types", "--group=bench", "--group=site"]
    for package in compile_lock(session, "pyproject.toml", *groups):
        name = package.partition("==")[0]
        if name == "torch":
            wheel = chosen_torch(session)  # a CPU wheel is unknown to PyPI, where uv looks
            own = hashlib.sha256(wheel.read_bytes()).hexdigest() if wheel else ""
            package += "" if own in package else f" \\\n    --hash=sha256:{own}"
        cuda = name.startswith(("nvidia-", "cuda-", "triton"))
        parts["torch" if name == "torch" else "cuda" if cuda else "main"].append(package)
    for part, packages in parts.items():
        (LOCKS / f"{part}.txt").write_text("\n".join(packages) + "\n")


def compile_lock(session: nox.Session, *wanted: str) -> list[str]:
    """Resolve for every platform at once; return each package with its version and hashes."""
    scratch = Path(session.create_tmp()) / "lock.txt"  # uv keeps the versions that it finds in it
    scratch.write_text("\n".join(path.read_text() for path in LOCKS.glob("*.txt")))
    options = ["--universal", "--python-version=3.11", "--fork-strategy=fewest", "--quiet"]
    options += ["--generate-hashes", "--no-header", "--no-annotate", *session.posargs]
    session.run("uv", "pip", "compile", *options, *wanted, "-o", str(scratch), silent=True)
    return re.split(r"\n(?=\w)", scratch.read_text().strip())


def chosen_torch(session: nox.Session) -> Path | None:
    """Download the torch that pip prefers here; given hashes, it would always take PyPI's."""
    folder = Path(session.create_tmp()) / "torch"
    shutil.rmtree(folder, ignore_errors=True)
    command = ["python", "-m", "pip", "download", "--no-deps", "-d", str(folder)]
    session.run_install(*command, "torch==2.13.0")
    return next(folder.glob("torch-*.whl"), None)
