"""The sentence model, if one is asked for: whether it can be had, as far as looking tells."""

from __future__ import annotations

import asyncio

from bot.commands.doctor.finding import Finding
from bot.config import Settings

EMBEDDINGS = "embeddings"


async def embeddings(settings: Settings) -> list[Finding]:
    """Is the extra installed, and is there such a model? Loads and fetches nothing; without the
    setting there is nothing to say. A bot without its model goes on, so this is a fault of the
    set-up only."""
    if not settings.embeddings:
        return []
    return [await asyncio.to_thread(_embeddings, settings.embeddings)]


def _embeddings(setting: str) -> Finding:
    # Brings in numpy and the model's runtime, which no other check needs.
    from bot.embedding import check_model
    from bot.model_folder import Unusable

    try:
        return Finding(EMBEDDINGS, True, check_model(setting))
    except Unusable as error:
        detail, _, do = str(error).partition("; ")
        return Finding(EMBEDDINGS, False, detail, f"{do[:1].upper()}{do[1:]}.")
