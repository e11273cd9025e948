#!/usr/bin/env bash
# ijson 3.6.0: text with half of a surrogate pair, such as "caf\udce9.jpg".
#
# One would guess: what Python's json writes by default and reads back, ijson reads too, the same
#   by its backend in C (yajl2_c, taken by default) and by the one in Python; and what it cannot
#   read raises its own JSONError.
# What happens: Python lists a file whose name is no UTF-8 with such a half (\udc80 to \udcff),
#   and json keeps it. The backend in Python gives the name back. The one in C raises
#   UnicodeDecodeError, which is no JSONError; for a half of the other kind (\ud83d: a name cut
#   in the middle of an emoji) it raises nothing and gives "?".
# Why it matters: pictures and videos from old disks and cameras have such names. Label files of
#   them work on a machine without the backend in C, and fail, or name other files, on the next.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ijson==3.6.0
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import io
import json
import os
import sys
from importlib.metadata import version

import ijson

print(f"ijson {version('ijson')}, by default {ijson.backend}")

NAMES = {
    "Latin-1 name": os.fsdecode(b"caf\xe9.jpg"),
    "cut emoji": "party \U0001f600".encode("utf-16-be")[:-2].decode("utf-16-be", "surrogatepass"),
    "whole emoji": "party \U0001f600",
}


def read_by(backend, text):
    file = io.BytesIO(text.encode("ascii"))
    try:
        return list(ijson.get_backend(backend).items(file, "images.item.file_name"))
    except (ijson.JSONError, UnicodeDecodeError) as error:
        return type(error)


seen = {}
for words, name in NAMES.items():
    text = json.dumps({"images": [{"file_name": name}]})
    seen[words] = {
        "json": [image["file_name"] for image in json.loads(text)["images"]] == [name],
        "python": read_by("python", text) == [name],
        "yajl2_c": read_by("yajl2_c", text),
    }
    print(
        f"{words} {text}: same by json {seen[words]['json']}, by ijson's backend in Python "
        f"{seen[words]['python']}; its backend in C: {seen[words]['yajl2_c']!a}"
    )

same = all(answers["json"] and answers["python"] for answers in seen.values())
in_c = [answers["yajl2_c"] for answers in seen.values()]
stated = [UnicodeDecodeError, ["party ?"], ["party \U0001f600"]]
if not same or in_c != stated or issubclass(UnicodeDecodeError, ijson.JSONError):
    sys.exit(f"No longer as stated, which was {stated!a}")
print("As stated: the backends differ, one raises or changes the name.")
PY
