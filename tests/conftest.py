"""What all tests share."""


def pytest_configure(config):
    # torch's forward mode calls its own deprecated torch.jit.script when it first runs.
    config.addinivalue_line("filterwarnings", "ignore:.torch.jit.script:DeprecationWarning")
