"""po.py - reads the gettext files of web/po: one entry per sentence, comments ignored."""
import re

LINE = re.compile(r'^(msgid|msgstr)?\s*"((?:[^"\\]|\\.)*)"$')
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class PoError(Exception):
    """What is wrong with a catalogue file, and where."""


def unescape(text):
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1)), text)


def read(path, strict=True):
    """Returns {source: (translation, line)}; raises PoError for malformed entries and, if strict, for contradicting or ill-fitting ones.
    Of two translations the first holds."""
    entries, part, source, target, begun = {}, None, "", "", 0

    def keep():
        if part != "msgstr" or not source:
            return
        old = entries.get(source)
        if strict and old and old[0] != target:
            raise PoError(f"{path}:{begun}: the sentence has another translation at line {old[1]}; keep one of the two")
        if strict and target and set(re.findall(r"\{\d\}", source)) != set(re.findall(r"\{\d\}", target)):
            raise PoError(f"{path}:{begun}: source and translation do not have the same {{0}}, {{1}} …")
        entries.setdefault(source, (target, begun))

    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            match = LINE.match(line)
            if not match:
                raise PoError(f"{path}:{number}: not a line of a catalogue: {line}")
            if match.group(1) == "msgid":
                keep()
                part, source, target, begun = "msgid", unescape(match.group(2)), "", number
            elif match.group(1) == "msgstr":
                if part != "msgid":
                    raise PoError(f"{path}:{number}: msgstr without msgid")
                part, target = "msgstr", unescape(match.group(2))
            elif part == "msgid":
                source += unescape(match.group(2))
            else:
                target += unescape(match.group(2))
    keep()
    return entries
