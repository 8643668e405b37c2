"""The language people read: English in the source, Chinese from ``mrv/locale/zh.po``.

The catalogue is read only when Chinese is asked for. Data, identifiers and JSON stay the same in
both languages.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache, partial
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Literal, get_args

import click

if TYPE_CHECKING:
    from click.types import OptionHelpExtra

    from mrv.report.words import Words

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_META_KEY = "mrv.language"


@cache
def _catalogue(language: Language) -> dict[str, str]:
    if language == "en":
        return {}
    import polib

    with as_file(files("mrv.locale") / f"{language}.po") as path:
        return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.msgstr}


def translate(text: str, language: Language) -> str:
    """Text in the language; the English itself where there is no translation."""
    return _catalogue(language).get(text, text)


def words_by_language() -> Mapping[Language, Words]:
    """Words of reports in both languages."""
    from mrv.report.words import Words

    return {language: Words(language, partial(translate, language=language)) for language in LANGUAGES}


def default_language() -> Language:
    """Language of the environment variable ``MRV_LANG``, else English."""
    wanted = os.environ.get("MRV_LANG", "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def language_of(ctx: click.Context) -> Language:
    """Language chosen for a command."""
    language: Language = ctx.meta.get(_META_KEY) or default_language()
    return language


def _remember(ctx: click.Context, _param: click.Parameter, value: Language | None) -> Language:
    if value is not None:
        ctx.meta[_META_KEY] = value
    return language_of(ctx)


def _in_context(ctx: click.Context, text: str) -> str:
    return translate(" ".join(text.split()), language_of(ctx))


class TranslatedOption(click.Option):
    """Option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Names and translated help."""
        original = self.help
        self.help = _in_context(ctx, original) if original else original
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = original

    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        """What stands in brackets after the help, translated."""
        extra = super().get_help_extra(ctx)
        if "required" in extra:
            extra["required"] = translate("required", language_of(ctx))
        return extra


class TranslatedFormatter(click.HelpFormatter):
    """Help whose headings are translated, and whose lines are as wide as they look."""

    language: Language = "en"

    def write_heading(self, heading: str) -> None:
        """Write a heading, translated."""
        colon = translate(":", self.language)
        self.write(f"{'':>{self.current_indent}}{translate(heading, self.language)}{colon}\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line, its label translated."""
        super().write_usage(prog, args, prefix or translate("Usage: ", self.language))

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        super().write_text(self._in_lines(text, self.width - self.current_indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of terms and what they are."""
        rows = list(rows)
        first = min(max((len(term) for term, _ in rows), default=0), col_max) + col_spacing
        width = max(self.width - first - self.current_indent, 10)
        super().write_dl([(term, self._in_lines(text, width)) for term, text in rows], col_max, col_spacing)

    def _in_lines(self, text: str, width: int) -> str:
        """Paragraphs broken into lines here, as click counts characters and not columns."""
        if self.language == "en":
            return text
        from mrv.cli.wide_text import lines

        return "\n\n".join("\b\n" + "\n".join(lines(part, width)) for part in text.split("\n\n") if part)


class _TranslatedHelp(click.Command):
    def get_help(self, ctx: click.Context) -> str:
        """Whole help page, translated."""
        formatter = TranslatedFormatter(width=ctx.terminal_width, max_width=ctx.max_content_width)
        formatter.language = language_of(ctx)
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description, translated paragraph by paragraph."""
        paragraphs = (self.help or "").split("\n\n")
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(_in_context(ctx, text) for text in paragraphs if text.strip()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what stands at the end, translated."""
        if self.epilog:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_in_context(ctx, self.epilog))

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 the whole first sentence is shown
        """First paragraph of the help, translated."""
        ctx = click.get_current_context(silent=True)
        first = (self.help or "").split("\n\n")[0]
        return _in_context(ctx, first) if ctx else " ".join(first.split())

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Option ``--help``, its help translated."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = translate("Show this message and exit.", language_of(ctx))
        return option


class TranslatedCommand(_TranslatedHelp):
    """Command whose help is translated."""


class TranslatedGroup(_TranslatedHelp, click.Group):
    """Group whose help, and that of its commands, is translated."""

    command_class = TranslatedCommand
    group_class = type


language_option = click.option(
    "--lang",
    "language",
    cls=TranslatedOption,
    type=click.Choice(LANGUAGES),
    callback=_remember,
    is_eager=True,
    expose_value=True,
    help="Language of what people read (or set MRV_LANG).",
)
