"""Every model of the site. Each module beside this one has the models and the serializers of one kind of construct."""

import importlib
import pkgutil

import twin

for module in pkgutil.iter_modules(twin.__path__):
    if module.name != "models":
        importlib.import_module(f"twin.{module.name}")
