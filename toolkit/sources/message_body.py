"""The body of a message, wherever its text stands: formatted text, rich message, poll, checklist; and its buttons.

A poll is read as its question and answers, a checklist as its title and tasks: their author wrote them. Buttons are
Telegram's interface: their labels stay out of the text and are kept in `text_raw`, their addresses are among the urls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from toolkit.sources.pieces import Button, Piece, as_lines, join_pieces, text_of
from toolkit.sources.rich_text import asked_pieces, block_pieces, buttons_of, has_words
from toolkit.sources.source import Row
from toolkit.text.telegram import find_urls

HAS_BUTTONS: Final = "buttons"  # flag of a post
IS_CUT: Final = "text_cut"  # flag of a post of which the source has just the beginning

_ASKED: Final = ("poll", "todo_list", "checklist", "todo")
_KEYBOARDS: Final = ("inline_bot_buttons", "reply_markup")
# Members of messages, of all programs, that are read, or have no text of the post: names of people and places, what
# other posts say, captions of files and links. What is missing here and has words in it is told.
_KNOWN: Final = frozenset(
    # read
    ("text", "text_entities", "message", "caption", "entities", "caption_entities", "rich_message", "raw_text", "media",
     *_ASKED, *_KEYBOARDS, "markdown",
     # who, where, when
     "_", "@type", "id", "type", "date", "date_unixtime", "edited", "edited_unixtime", "edit_date", "from", "from_id",
     "from_user", "from_name", "actor", "actor_id", "author", "author_signature", "post_author", "signature", "sender",
     "sender_id", "sender_name", "sender_chat", "sender_business_bot", "chat", "_chat", "channel", "channel_name",
     "channel_title", "channel_username", "chat_title", "chat_name", "title", "username", "peer_id", "to_id", "via_bot",
     "via_bot_id", "via", "link", "url", "saved_from", "users", "chats",
     # other posts
     "forwarded_from", "forwarded_from_id", "forward_from", "forward_from_chat", "forward_origin",
     "forward_sender_name", "forward_signature", "fwd_from", "reply_to", "reply_to_message", "reply_to_message_id",
     "reply_to_peer_id", "external_reply", "quote", "pinned_message", "replies", "web_page", "webpage",
     "link_preview_options", "link_preview", "reply_to_story", "suggested_post_info",
     # service messages
     "action", "members", "inviter", "service", "new_title", "old_title",
     # files and other media
     "photo", "file", "file_name", "thumbnail", "media_type", "mime_type", "performer", "sticker_emoji", "video",
     "animation", "audio", "document", "sticker", "voice", "video_note", "paid_media", "extended_media", "cover",
     "alt_documents", "location", "location_information", "place_name", "address", "venue", "venue_type", "provider",
     "geo", "contact", "contact_information", "contact_vcard", "vcard", "first_name", "last_name", "game", "game_title",
     "invoice", "dice", "results", "reactions", "restriction_reason",
     "platform", "reason")
)  # fmt: skip


class Body(NamedTuple):
    """What a message says.

    Attributes:
        text: of its pieces; "" if it is but white space.
        pieces: its text.
        buttons: below it.
        unread: names under which the message has text that nobody reads, sorted.
        is_cut: whether the source has just the beginning of the text.
    """

    text: str
    pieces: list[Piece]
    buttons: list[Button]
    unread: list[str]
    is_cut: bool


def body_of(message: dict[str, Any], own: Iterable[Piece | None]) -> Body:
    """Return the body of a message.

    Args:
        message: of whatever program.
        own: its formatted text, with None where a quotation or code begins or ends.
    """
    media = message.get("media")
    inside: dict[str, Any] = media if isinstance(media, dict) else {}
    unread: set[str] = set()
    buttons: list[Button] = []
    rich = message.get("rich_message")
    pieces = join_pieces(own, has_own_breaks=True)
    if rich is not None:
        pieces = _one_of(pieces, block_pieces(rich, unread, buttons))
    asked = [asked_pieces(where[name]) for where in (message, inside) for name in _ASKED if where.get(name)]
    asked.append(asked_pieces(inside.get("results")))  # of a quiz, in which an explanation may be
    if any(asked):
        pieces = as_lines([pieces, *asked])
    buttons += [button for name in _KEYBOARDS if name in message for button in buttons_of(message[name])]
    unread |= {name for name in message.keys() - _KNOWN if has_words(message[name])}
    unread |= {f"media.{name}" for name in inside.keys() - _KNOWN if has_words(inside[name])}
    is_cut = isinstance(rich, dict) and rich.get("part") is True
    text = text_of(pieces)
    return Body(text if text.strip() else "", pieces, buttons, sorted(unread), is_cut)


def _one_of(own: list[Piece], rich: list[Piece]) -> list[Piece]:
    """Return the text of a message that may have it twice, once for programs that know no rich messages."""
    if not own or not rich:
        return own or rich
    plain, formatted = ("".join(filter(str.isalnum, text_of(pieces))) for pieces in (own, rich))
    return rich if plain in formatted else own if formatted in plain else as_lines([own, rich])


def put_body(row: Row, body: Body, urls: list[str] | None = None) -> None:
    """Set what a row has from its body: text, addresses, hashtags, flags.

    Args:
        row: has `flags`; `text_raw`, if it has that, stays in front of the buttons.
        body: of the message.
        urls: addresses that are known without the pieces.
    """
    row["text"] = body.text
    is_marked = any(piece.kind != "plain" for piece in body.pieces)
    if is_marked:
        row["hashtags"] = [piece.text.strip() for piece in body.pieces if piece.kind == "hashtag"]
        urls = [*(urls or ()), *(p.href or p.text for p in body.pieces if p.kind in ("link", "text_link"))]
    if urls is not None:
        row["urls"] = urls
    if body.is_cut:
        row["flags"] = [*row["flags"], IS_CUT]
    put_buttons(row, body.buttons)


def put_buttons(row: Row, buttons: list[Button]) -> None:
    """Add the buttons below a post, if there are any, to a row that has its text and, if it knows better, its urls."""
    if not buttons:
        return
    urls = row["urls"] if "urls" in row else find_urls(row["text"])
    row["urls"] = [*urls, *dict.fromkeys(button.url for button in buttons if button.url and button.url not in urls)]
    labels = "\n".join(button.label for button in buttons)
    row["text_raw"] = f"{row.get('text_raw') or row['text']}\n{labels}"
    row["flags"] = [*row["flags"], HAS_BUTTONS]
