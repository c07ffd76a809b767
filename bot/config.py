"""Settings from the environment and `.env`; a missing or wrong one is one line that names it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

_SQLITE = b"SQLite format 3\0"  # how such a file begins
LANGUAGES = ("en", "ru", "tr", "lv", "pl")
SHORTEST_SECRET = 16  # characters
_WITHIN = {("http", "localhost"), ("http", "127.0.0.1"), ("http", "::1")}


class SettingsError(Exception):
    """The environment does not say what is needed; the text is for the person who starts us.
    `faults` are all that were found, where there are several."""

    def __init__(self, first: str, *others: str) -> None:
        super().__init__(first)
        self.faults = (first, *others)


class Settings(BaseSettings):
    """Everything that differs between two installations. `.env.example` explains each field."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
        str_strip_whitespace=True,  # a token that was pasted brings its line's end along
    )

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_url: str | None = None
    telegram_webhook_secret: SecretStr | None = None

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_desk_channel: str | None = None

    remedy_webhook_url: str | None = None
    remedy_webhook_secret: SecretStr | None = None

    database_url: str = "sqlite:///frontdesk.db"
    knowledge_base: Path = Path("knowledge_base")
    timezone: str = "UTC"
    default_language: str = "en"

    embeddings: str | None = None
    embeddings_folder: Path | None = None

    http_host: str = "127.0.0.1"
    http_port: int = 8080

    @field_validator("telegram_api_url", "slack_api_url", "telegram_webhook_url")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("must be a web address beginning with https:// (or http://)")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _is_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(
            r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()
        ):
            raise ValueError("may hold only letters, digits, _ and -, 256 at most")
        return value

    @field_validator("remedy_webhook_url")
    @classmethod
    def _is_private(cls, value: str | None) -> str | None:
        # The answers are worth money; only within this machine nobody else reads them.
        url = urlsplit(value or "https://")
        if url.scheme != "https" and (url.scheme, url.hostname) not in _WITHIN:
            raise ValueError("must be a web address beginning with https://")
        return value

    @field_validator("remedy_webhook_secret")
    @classmethod
    def _is_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"is too short; take {SHORTEST_SECRET} characters or more, at random")
        return value

    @field_validator("slack_desk_channel")
    @classmethod
    def _is_channel_id(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[CG][A-Z0-9]+", value):
            raise ValueError(
                f"{value!r} is not a channel's id; it looks like C0123456789 "
                "(in Slack: the channel's name, About, at the bottom)"
            )
        return value

    @field_validator("http_port", mode="before")
    @classmethod
    def _is_port(cls, value: object) -> object:
        if not re.fullmatch(r"\d{1,5}", str(value).strip()) or int(str(value)) > 65535:
            raise ValueError(f"{value!r} is no port; write a number up to 65535, like 8080")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; write it like Europe/Riga") from error
        return value

    @field_validator("default_language")
    @classmethod
    def _is_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise ValueError(f"{value!r} is not one of {', '.join(LANGUAGES)}")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        scheme = urlsplit(value).scheme
        if scheme in {"postgres", "postgresql"}:
            return "postgresql+psycopg:" + value.partition(":")[2]
        if scheme in {"sqlite", "postgresql+psycopg"}:
            return value
        raise ValueError("must begin with sqlite:/// or postgresql://")

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: object, info: ValidationInfo) -> object:
        # Validators that come before others are called last to first, so this one first.
        if isinstance(value, str) and not value.strip() and info.field_name:
            return cls.model_fields[info.field_name].default
        return value

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> Self:
        if self.telegram_webhook_url and not self.telegram_webhook_secret:
            raise ValueError("TELEGRAM_WEBHOOK_SECRET: missing, and TELEGRAM_WEBHOOK_URL needs it")
        return self

    @model_validator(mode="after")
    def _shop_is_whole(self) -> Self:
        if self.remedy_webhook_url and not self.remedy_webhook_secret:
            raise ValueError("REMEDY_WEBHOOK_SECRET: missing, and REMEDY_WEBHOOK_URL needs it")
        if self.remedy_webhook_secret and not self.remedy_webhook_url:
            raise ValueError("REMEDY_WEBHOOK_URL: missing, and REMEDY_WEBHOOK_SECRET is for it")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def vectors_folder(self) -> Path:
        """Where models that were fetched and vectors that were made are kept."""
        if self.embeddings_folder:
            return self.embeddings_folder
        scheme, _, path = self.database_url.partition(":///")
        file = path.partition("?")[0] if scheme == "sqlite" else ""
        return Path(file).parent / "embeddings"

    def check_database(self) -> None:
        """Raise SettingsError if the file is there, but is something else than a database."""
        scheme, _, path = self.database_url.partition(":///")
        file = Path(path.partition("?")[0])
        if scheme != "sqlite" or not file.is_file() or not os.access(file, os.R_OK):
            return
        with file.open("rb") as opened:
            beginning = opened.read(len(_SQLITE))
        if beginning and beginning != _SQLITE:
            raise SettingsError(
                f"DATABASE_URL: {file} is not a SQLite database; move it away or name another file"
            )

    def check_channels(self) -> None:
        """Raise SettingsError unless customers can write to us and handoffs reach somebody."""
        if not self.slack_bot_token:
            raise SettingsError(
                "SLACK_BOT_TOKEN: missing; the desk where people take over is a Slack channel "
                "(to try Frontdesk without any account: frontdesk demo)"
            )
        if not (self.slack_app_token or self.slack_signing_secret):
            raise SettingsError(
                "SLACK_APP_TOKEN: missing; set it for Socket Mode, "
                "or SLACK_SIGNING_SECRET to receive events over HTTP"
            )
        if not self.slack_desk_channel:
            raise SettingsError(
                "SLACK_DESK_CHANNEL: missing; the id (like C0123456789) of the channel "
                "where handed-over conversations appear"
            )


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings; raises SettingsError naming the first wrong variable in one line, and the
    others in its `faults`."""
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        raise SettingsError(*map(_fault, error.errors())) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{env_file}: is not UTF-8; save it in that encoding") from None


def _fault(detail: ErrorDetails) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    name = "".join(str(part) for part in detail["loc"]).upper()
    return f"{name}: {message}" if name else message
