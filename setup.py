"""The one thing that pyproject.toml cannot say: models/ and fits/ of the checkout are data inside the package."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["exokinetics", "exokinetics.*"]),
        "exokinetics.data.models",
        "exokinetics.data.fits",
    ],
    package_dir={"exokinetics.data.models": "models", "exokinetics.data.fits": "fits"},
)
