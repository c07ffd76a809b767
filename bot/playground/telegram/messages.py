"""The methods that send, change and delete messages, and answer pressed buttons.

They check in the order the real server does: the content first, then the chat.
"""

from __future__ import annotations

from bot.playground.telegram.keyboards import inline_keyboard
from bot.playground.telegram.methods import Methods
from bot.playground.telegram.state import Chat, World
from bot.playground.telegram.text import requested, utf16_length
from bot.playground.telegram.wire import Json, Params, bad_request

METHODS = Methods()

MAX_TEXT = 4096
MAX_CAPTION = 1024
_DELETABLE_SECONDS = 48 * 3600
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


@METHODS.offer
def send_message(world: World, params: Params) -> Json:
    text = requested(params, "text", "entities", MAX_TEXT)
    if not text.text:
        raise bad_request("message text is empty")
    keyboard = inline_keyboard(params)
    chat = world.open_chat(params.text("chat_id"))
    return post(world, chat, params, text.wire("text", "entities"), keyboard)


def post(world: World, chat: Chat, params: Params, content: Json, keyboard: Json | None) -> Json:
    """The bot's message with what every send method may add: reply, topic, keyboard, preview."""
    content = content | _place(chat, params)
    if preview := params.json("link_preview_options", "link preview options"):
        content["link_preview_options"] = preview
    if params.flag("protect_content"):
        content["has_protected_content"] = True
    if keyboard:
        content["reply_markup"] = keyboard
    return world.post(chat, world.bot, content)


def _place(chat: Chat, params: Params) -> Json:
    place: Json = {}
    if thread := params.integer("message_thread_id"):
        if thread not in chat.topics:
            raise bad_request("message thread not found")
        place |= {"message_thread_id": thread, "is_topic_message": True}
    reply = params.json("reply_parameters", "reply parameters") or {}
    if not isinstance(reply, dict):
        raise bad_request("object expected as reply parameters")
    replied = Params(reply, {}).integer("message_id") or params.integer("reply_to_message_id")
    if replied in chat.messages:
        original = chat.messages[replied]
        place["reply_to_message"] = {k: v for k, v in original.items() if k != "reply_to_message"}
    elif replied and not (
        reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
    ):
        raise bad_request("message to be replied not found")
    return place


@METHODS.offer
def edit_message_text(world: World, params: Params) -> Json:
    text = requested(params, "text", "entities", MAX_TEXT)
    if not text.text:
        raise bad_request("message text is empty")
    keyboard = inline_keyboard(params)
    chat, message = _own_message(world, params)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, chat, message, text.wire("text", "entities"), keyboard)


@METHODS.offer
def edit_message_caption(world: World, params: Params) -> Json:
    caption = requested(params, "caption", "caption_entities", MAX_CAPTION)
    keyboard = inline_keyboard(params)
    chat, message = _own_message(world, params)
    if "text" in message:
        raise bad_request("there is no caption in the message to edit")
    return _edit(world, chat, message, caption.wire("caption", "caption_entities"), keyboard)


@METHODS.offer
def edit_message_reply_markup(world: World, params: Params) -> Json:
    keyboard = inline_keyboard(params)
    chat, message = _own_message(world, params)
    kept = ("text", "entities", "caption", "caption_entities")
    content = {name: message[name] for name in kept if name in message}
    return _edit(world, chat, message, content, keyboard)


def _own_message(world: World, params: Params) -> tuple[Chat, Json]:
    chat = world.open_chat(params.text("chat_id"))
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != world.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(world: World, chat: Chat, old: Json, content: Json, keyboard: Json | None) -> Json:
    # A keyboard that is not sent again is taken away: so does the real server.
    if keyboard:
        content = content | {"reply_markup": keyboard}
    replaced = ("text", "entities", "caption", "caption_entities", "reply_markup")
    if content == {name: old[name] for name in replaced if name in old}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    kept = {name: value for name, value in old.items() if name not in replaced}
    edited = world.put(chat, {**kept, "edit_date": world.now(), **content})
    if any(edited.get(name) != old.get(name) for name in ("text", "caption", "entities")):
        chat.changes.append(("edited", edited))
    return edited


@METHODS.offer
def delete_message(world: World, params: Params) -> bool:
    chat = world.open_chat(params.text("chat_id"))
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    is_own = message["from"]["id"] == world.bot["id"]
    if not (is_own or chat.is_private):
        raise bad_request("message can't be deleted")
    if world.now() - message["date"] > _DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    world.remove(chat, message["message_id"])
    if is_own:
        chat.changes.append(("deleted", message))
    return True


@METHODS.offer
def answer_callback_query(world: World, params: Params) -> bool:
    query = world.queries.get(params.text("callback_query_id"))
    # A second answer is refused like a late one: the spinner has stopped turning.
    if query is None or query.answer or world.clock() - query.at > world.query_expiry:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if utf16_length(params.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {"text": params.text("text"), "show_alert": params.flag("show_alert")}
    world.pulse.beat()
    return True


@METHODS.offer
def send_chat_action(world: World, params: Params) -> bool:
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = world.open_chat(params.text("chat_id"))
    chat.is_typing = True
    chat.typed += 1
    world.pulse.beat()
    return True


@METHODS.offer
def get_chat(world: World, params: Params) -> Json:
    chat = world.chat(params.text("chat_id"))
    return {
        **chat.info,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": True,
            "limited_gifts": True,
            "unique_gifts": True,
            "premium_subscription": True,
            "gifts_from_channels": True,
        },
    }
