import os
from urllib.parse import unquote, urlsplit

SECRET_KEY = "of a test"
INSTALLED_APPS = ["twin"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}

# postgres://user:password@host:port/database, or sqlite:path
database = urlsplit(os.environ["DATABASE_URL"])
if database.scheme == "sqlite":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": database.path,
            "OPTIONS": {"timeout": 30},
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database.path.removeprefix("/"),
            "USER": unquote(database.username or ""),
            "PASSWORD": unquote(database.password or ""),
            "HOST": database.hostname or "",
            "PORT": database.port or "",
        }
    }
