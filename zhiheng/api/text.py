"""A text in both languages."""

from pydantic import BaseModel, ConfigDict


class Both(BaseModel):
    """A text in Chinese and in English."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"zh": "铅", "en": "lead"}]})
    zh: str
    en: str
