#!/usr/bin/env bash
# attributee 0.1.10, which pip chooses for vot-toolkit 0.7.4 (`attributee>=0.1.8`), on Python 3.11.
#
# One would guess: the newest version that a package's requirements allow works.
# What happens: importing it ends in a TypeError. By its source, a class is decorated with
#   `typing.dataclass_transform`, which Python has from 3.11 on and which must be called; where
#   Python has none (3.10) a stand-in takes its place, and all is well. 0.1.9 works.
# Why it matters: `pip install vot-toolkit` gives a `vot` command that cannot start.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
cd "$folder"

seen=""
for version in 0.1.9 0.1.10; do
    "$folder/env/bin/pip" install --quiet --disable-pip-version-check "attributee==$version" packaging==26.4
    outcome=$("$folder/env/bin/python" -c "
try:
    from attributee import Attributee, Integer
    class Box(Attributee):
        width = Integer(default=3)
    print('works, width', Box().width)
except TypeError as error:
    print('TypeError:', error)
")
    echo "attributee $version on $("$folder/env/bin/python" --version): $outcome"
    seen+="$version $outcome;"
done

stated="0.1.9 works, width 3;"
stated+="0.1.10 TypeError: dataclass_transform() takes 0 positional arguments but 1 was given;"
if [ "$seen" != "$stated" ]; then
    echo "No longer as stated, which was $stated" >&2
    exit 1
fi
echo "As stated: the newest version cannot be imported."
