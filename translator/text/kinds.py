# ruff: noqa: E501, SIM905 an expression, and a list of words, is read as a whole
"""The kinds of things that a translation copies: links, addresses, file names, code, placeholders, emoji, formulas.

Each has the characters without one of which it cannot occur; the few kinds that may be of letters only are tried where
``_ODD`` finds something. Words and numbers as most are, which are remembered, are part of none, so that a plain line is
told by its words alone, and in others only the characters of the other words count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from translator.text.abbreviations import abbreviations, may_be_written_out
from translator.text.late import late

_DIGITS = "0123456789"
_FIGURE = frozenset(_DIGITS)
# What a user may mean as prose must not match: "e.g.", "and/or", "5.5".
_ENDINGS = (
    "txt|md|rst|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|jsonl|ya?ml|toml|ini|cfg|conf|log|xml|html?|css|js|ts|tsx|jsx|"
    "py|ipynb|c|h|cc|cpp|hpp|rs|go|java|kt|rb|php|pl|sh|bat|ps1|sql|tex|bib|png|jpe?g|gif|svg|webp|mp[34]|wav|ogg|mkv|"
    "avi|mov|srt|vtt|zip|tar|gz|bz2|xz|zst|7z|rar|exe|dll|so|deb|rpm|iso|apk|whl|env|lock|bak|tmp|db|jar"
)
_KEBAB_WORDS = (  # of compounds that are prose: state-of-the-art, six-year-old
    "a|an|the|of|to|in|on|at|by|for|and|or|as|up|de|do|da|e|em|year|month|week|day|hour|minute|mile|old|year-old|law|s"
)
_TERMS = "event|property|attribute|tag|component|package|selector|directive|endpoint|hook|prop|namespace|header"
_TECHNICAL = (  # words of which two with a hyphen are a name in a program, not prose
    "user|file|order|item|page|name|total|count|date|price|path|link|text|size|list|value|id|key|address|title|status|"
    "message|error|node|server|buffer|report|image|token|index|font|color|colour|width|height|click|data|type|host|port|"
    "config|log|css|html|url|src|class|button|input|output|label|border|margin|padding|background|align|max|min|first|last|"
    "line|email|style|theme|default|row|column|menu|header|footer|view|model|module|content|request|response|session|cache"
)
_CALLED = [
    "class",
    "classe",
    "package",
    "pacote",
    "component",
    "componente",
    "attribute",
    "atributo",
    "property",
    "propriedade",
    "event",
    "evento",
    "branch",
    "tag",
    "módulo",
    "plugin",
]
_IDENTIFIER = r"(?:[A-Za-z_]\w*)"
_NAMED = "thread|module|column|relation|table|key|package|command|variable|attribute|property|method|function|role|database|schema|host|coluna|tabela|chave|pacote|comando|variável|função|relação"
_STREETS = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Sq|Court|Terrace|Close|Place|Crescent|Way"
)
_AFTER_NAMED = "|".join(rf"(?<=\b{term} )" for term in _NAMED.split("|"))
_AFTER_TERM = "|".join(rf"(?<=\b{term} )" for term in _CALLED)
_RAISED = r"(?:[²³¹⁰-⁹₀-₉]|\^\d+)"
_OPERAND = rf"(?:[−√¬∀∃∑∫∆∂]?(?:\d+(?:[.,]\d+)*%?|[A-Za-zα-ωΑ-Ω]{{1,2}}(?![A-Za-z])){_RAISED}*)"
_LEVEL = r"(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|TRACE)"
# Commands: a program, then options, paths and words up to where a sentence goes on.
_PROGRAMS = (
    "pip3?|npm|npx|yarn|pnpm|git|docker|kubectl|apt(?:-get)?|brew|cargo|conda|systemctl|go|ls|cd|mkdir|rmdir|rm|cp|mv|ln|chmod|"
    "chown|curl|wget|ssh|scp|rsync|tar|grep|sed|awk|python3?|node|java|javac|mvn|gradle|composer|php|ruby|gem|rustc|dotnet|"
    "docker-compose|podman|minikube|pipx|nvm|rustup|deno|flutter|adb|gpg|openssl|nmap|journalctl|crontab|tmux|nohup|"
    "ipconfig|ifconfig|netstat|tracert|traceroute|nslookup|netsh|chkdsk|sfc|taskkill|tasklist|winget|choco|robocopy|"
    "poetry|pytest|ping|psql|mysql|sqlite3|ffmpeg|helm|terraform|ansible|nano|vim|sh|bash|unzip|export|dnf|yum|uv|tox"
)
_SUBCOMMANDS = (
    "install|uninstall|remove|run|clone|add|commit|push|pull|fetch|merge|checkout|update|upgrade|build|exec|start|stop|"
    "restart|init|list|status|get|apply|create|test|describe|delete|logs|log|diff|rebase|stash|branch|tag|reset|search|"
    "up|down|publish|compose|ci|audit|outdated|lint|dev|serve|deploy|config|ps|images|login|tidy|mod|new|check|sync|require|enable|disable"
)
_ON = r"(?=[.,;:!?)]|\s*$|\s+(?:now|first|today|again|here|and|or|then|to|before|after|in|on|from|if|when|with|next|twice|once|agora|primeiro|hoje|aqui|e|ou|para|antes|depois|em|no|na|se|quando|com|outra|de novo)\b)"
_ARGUMENT = r"(?:\$\(\w+\)[\w./:@-]*|-X\s[A-Z]+|--?[\w-]+(?:=\S*\w)?|\w+=(?:\"[^\"]*\"|'[^']*')|\"[^\"]*\"|'[^']*'|[\w./@:~+*-]*[=/@:~+_<>*][\w./@:~+=<>*-]*[\w*/]|\.{1,2}/?\.*|[\w-]+\.[\w.-]*\w|[+-]\w+|\d+)(?![^\s.,;:!?)])"
_BARE = r"(?:\s+(?!(?:now|first|and|or|then|to|in|on|at|from|before|after|today|is|are|was|will|can|e|ou|para|no|na|em|antes|depois|agora|é|foi)\b)[a-z][\w-]*)"
_COMMAND = (
    rf"(?<![\w/.-])(?:sudo\s+)?(?:{_PROGRAMS})\s+(?:(?:{_SUBCOMMANDS})\b(?!\s+(?:the|a|an|is|was|o|um|uma)\b)(?:(?:\s+[a-z][\w/-]*){{1,3}}(?=\s+--?\w))?|{_ARGUMENT})"
    rf"(?:\s+{_ARGUMENT})*(?:(?<=install)\s+[\w.-]*\w|{_BARE}{{1,3}}{_ON})?(?:\s+{_ARGUMENT})*"
)
# Programs whose names are words too count where an option or a path follows.
_WORDLY = rf"(?<![\w/.-])(?:cat|head|tail|less|find|sort|kill|cut|wc|tee|touch|xargs|diff|man)\s+(?:--?\w[\w-]*|[\w-]*[./][\w./-]*\w|\.(?=\s))(?:\s+{_ARGUMENT})*"
_CMDLET = (  # of PowerShell
    r"\b(?:Get|Set|New|Remove|Start|Stop|Restart|Invoke|Import|Export|Select|Sort|Where|ForEach|Write|Test|Add|Copy|Move|Enable|"
    r"Disable|Install|Uninstall|Update|Out|Format|Measure|ConvertTo|ConvertFrom)-[A-Z]\w+(?:\s-\w+(?:\s[\w./\\:*\"'-]+)?"
    r"|\s[A-Z]\w+(?=\s*(?:\||[.,;:]?\s*$|[.,;:]\s)))*"
)
_CHAINED = (  # ./configure && make install
    rf"(?:{_COMMAND}|(?<!\S)\.{{1,2}}/[\w./-]*\w(?:\s+{_ARGUMENT})*)"
    rf"(?:\s+(?:&&|\|\|)\s+(?:sudo\s+)?(?:{_COMMAND}|make\s(?:install|test|all)\b|[a-z./][\w./-]*\w?(?:\s+{_ARGUMENT})*))+"
)
_PIPED = rf"{_CMDLET}(?:\s*\|\s*{_CMDLET})*|{_CHAINED}|(?:{_COMMAND}|{_WORDLY})(?:\s*\|\s*[a-z]\w*(?:\s+(?:{_ARGUMENT}|[a-z]\w*(?=\s*\|)))*)+"

# Characters of which a text has to have one, and the expression; the order decides between those that begin at one place.
_KINDS: list[tuple[str, str]] = [
    ("{<", r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}|<%.*?%>"),  # a template's commands
    (":", r"\b(?:https?|s?ftp|file|ssh|git|wss?|s3|jdbc|mongodb|postgres(?:ql)?|mysql|redis)://[^\s<>\"`]*[^\s<>\"`.,;:!?)\]}'…]|\bmailto:[^\s<>]*[^\s<>.,;:!?)]"),  # links
    (".", r"\bwww\.[^\s<>\"`]*[^\s<>\"`.,;:!?)\]}'…]"),
    ("@", r"[\w.+-]*[\w+-]@[\w-]+(?:\.[\w-]+)*\.\w{2,}"),  # e-mail
    (".", r"(?<![\w@.])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|io|dev|br|pt|uk|eu|info)(?:/[^\s<>\"]*[^\s<>\"`.,;:!?)\]}'…]|(?![\w.-]))"),  # domains
    ("/", r"(?<![\w.])(?:~|\.{1,2})?/(?:[\w.@+-]+/)+[\w.@+-]*\w|(?<![\w.])(?:~|\.{1,2})/[\w.@+-]*\w|(?<![^\s(\"'])/[A-Za-z][\w.-]*\w(?=[\s,;:!?)\"']|\.?\s|\.?$)"),  # paths
    (".", rf"(?<![\w/])(?![ad]\.C\b)(?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.(?i:{_ENDINGS})\b(?!\.?\w)"),  # file names
    (".", r"(?<![\w./])\.(?:git\w+|env(?:\.\w+)?|(?:bash|zsh|vim|npm|eslint|prettier|docker|editor|babel)\w+|ssh|htaccess|profile)\b"),
    ("", r"\b(?:SELECT\s.+?\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(?:CREATE|DROP|ALTER)\s+TABLE)\b[^;\n]*;?"),  # SQL
    ("", _COMMAND),
    ("-./", _WORDLY),
    ("", r"^\s*(?:from\s[\w.]+\simport\s[\w.*, ]+|import\s[\w.]+\sas\s\w+|import\s\w+(?:\.\w+)+)\s*$"),
    ("-", r"-{5}(?:BEGIN|END) [A-Z0-9 ]+-{5}"),
    ("^", r"(?<![\w)\]^])\^\d\b"),
    ("@", r"(?<![\w.])@?[\w/-]+@[~^]?\d+(?:\.\d+)+[\w.-]*(?<=\w)"),  # a package and its version
    ("@", r"^\s*(?:\(\w+\)\s)?[\w.-]+@[\w.-]+:\S*[$#]\s.*$"),  # a command after the prompt of a shell
    ("<", r"<[A-ZÀ-Ý]{2,}(?:[ _-][A-ZÀ-Ý]+)*>"),
    ("\"'“‘", rf"(?=[\"'“‘])(?:{_AFTER_NAMED})(?:\"[\w./-]+\"|'[\w./-]+'|“[\w./-]+”|‘[\w./-]+’)"),  # column "name"
    ("−–", r"(?<!\S)[−–]\d+(?![\d.,]*\d)"),  # less than nothing
    (_DIGITS, r"\bP\.?O\.? Box \d+|(?<=, )[A-Z]{2} \d{5}(?:-\d{4})?\b"),
    (_DIGITS, rf"\b[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}}\b|\b\d+[A-Za-z]?\s(?:[NSEW]\.?\s)?(?:[A-Z][\w'’-]*\s){{1,3}}(?:{_STREETS})\b(?:\.(?=,))?"),  # addresses of Britain and America
    ("#%@$", r"(?P<fence>##|%%|@@|\$\$)[A-Z]\w*(?P=fence)"),
    ("$", r"\$(?=[^$\n]*[\\^_={}])(?!\d[\d.,]*\s)[^\s$][^$\n]{0,80}(?<!\s)\$(?!\w)"),  # mathematics
    ("+", r"(?<![\w.,+])\d{1,3}\+(?![\w+])"),  # 18+
    ("_", r"_{2,}(?:[/.:-]_{2,})+"),
    ("/", r"\"(?:GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS)\s\S+\sHTTP/[\d.]+\""),
    (".", r"(?<![\w.])(?!(?:U\.S|U\.K|U\.N|U\.A|E\.U|D\.C|N\.Y|L\.A|P\.S|N\.B)\b)(?:[A-Z]\.\s?){2,}[A-ZÀ-Ý][^\W\d_]+(?:[-'’][A-ZÀ-Ý][^\W\d_]+)?"),  # J. R. Smith
    ("", r"(?<![\w-])(?!(?:The|An?|Os?|As|In|At|From|On|By|And|For|Our|My|Is|Na|No|De|Da|Do|E)\s)(?:[A-ZÀ-Ý][\w'’-]*(?:\s&)?,?\s){1,4}(?:Corp|Inc|Ltd|LLC|GmbH|PLC|Ltda|Lda)\b(?:\.(?=,|\s+[a-zà-ÿ]))?"),  # firms
    ("[", r"\[[#=*█▓▒░.-]+>?[ #=*.░-]*\]"),  # how far a program is
    ("\"'“‘«", r"(?<=[\"'“‘«])[^\w\s.,!?…\"'](?=[\"'”’»])"),  # a sign that is spoken of
    (".", rf"(?<=[\"“«'])[^\"“”«»'\n]{{1,60}}\.(?i:{_ENDINGS})(?=[\"”»'])"),  # a file's name with spaces
    ("±∓", r"[±∓]\s?\d+(?![\d.,]*\d)%?"),
    ("", rf"\bmake\s+(?:clean|all|install|test|build|run|check)\b{_ON}|\becho\s+(?:\"[^\"]*\"|'[^']*')"),
    ("{", r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal|number|date|time)\b(?:[^{}]|\{[^{}]*\})*\}"),  # ICU messages
    ("{[|", r"[$#%@]?\{[\w.]+\}|\{\{\{?[^{}\n]{1,60}\}?\}\}(?:/[\w./-]*\w)?|\{[\w.$@:#!-]*(?:[:!][^{}\s]*)?\}|\[\[[\w.-]+\]\]|\*\|\w+\|\*"),  # placeholders
    ("{", r"\{@\w+\s[^{}\n]{1,60}\}|\{:?\s*(?:[#.][\w-]+|[\w-]+=[^\s{}]+)(?:\s+(?:[#.][\w-]+|[\w-]+=[^\s{}]+))*\s*\}"),
    ("%", r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%\d+\$[a-zA-Z@](?:%%)?|%[#0+-]*\d*(?:\.\d+)?(?:l{0,2}[sdifuxXoegc]|@)(?!\w)(?:%%)?|%[A-Za-z_]\w*%|(?<![\d%])%\d{1,2}(?![\d%.,\w])"),
    ("$:_@", r"(?<![\w$])\$[A-Za-z_]\w*(?:\.\w+)*|(?<![\w:/]):[a-z_]\w*:?(?![\w:])|@:[\w.]+\w|(?<!\w)__\w+__(?!\w)"),
    ("$", r"(?<![\w$])\$0(?![\d.,]*\d)|(?<![\w$])(?<!for )(?<!pay )(?<!aid )(?<!ost )(?<!sts )(?<!owe )(?<!ent )(?<!end )(?<!rth )(?<!rns )(?<!out )(?<!nly )(?<!han )(?<! of )\$[1-9](?![\d.,]*\d|\s?(?:[mb]illion|thousand|bill|each|off|note|per|an?|more|less)\b|[kmbn/])"),
    ("<", r"\b[A-Z]\w*<(?:[A-Z]\w*|int|str|string|bool|boolean|float|number)(?:\[\])?(?:,\s?\w+)*>+(?![^<]*</)"),  # types
    ("<&", r"</?[A-Za-z0-9][\w:.-]*(?:\s+[^<>]{0,100}=[^<>]{0,300}|(?:\s+(?:disabled|checked|required|selected|readonly|hidden)){1,5})?\s{0,9}/?>|<v\s[^<>]{0,99}>|</?\w[\w.-]*@[\w.-]+>|&(?:[a-z]+|#\d+);"),  # markup
    ("#@", r"(?<![\w&])[#@][A-Za-z_]\w+|(?<!\w)#[0-9A-Fa-f]{3,8}\b"),  # hashtags, handles, colours
    ("-", r"(?<![\w-])--?[a-z][\w-]*(?![\w-])(?=[\s=,.;)]|$)(?<=\w)(?<!-[a-z]{2})|(?<![\w-])--[a-z][\w-]*\w"),  # command-line options: -v, --help
    ("/[", r"(?<!\w)/[^\s/]*[\u0250-\u02ff][^/\n]*/|\[[^\[\]\s]*[\u0250-\u02ff][^\[\]\n]*\]"),  # how a word is pronounced
    (_DIGITS, r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?\b|\b\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?:\s[+-]\d{4})?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"),  # stamps
    (_DIGITS, r"\b\d{1,2}(?P<sep>[./-])\d{1,2}(?P=sep)(?:\d{4}|\d\d)\b(?![./-]?\d)"),  # dates
    (":-", r"\b(?=[0-9A-Fa-f:]*\d)(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{1,4}\b|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"),  # addresses
    (_DIGITS, r"\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b(?!\.\d)|\b(?!\d{1,3}(?:\.\d{3})+\b)[vV]?\d+(?:\.\d+){2,}[\w.-]*\b(?!,)|\b[vV]\d+(?:\.\d+)*\b"),
    (_DIGITS, r"\b10\.\d{4,}/\S*\w|\b\d{2,3}\.\d{3}\.\d{3}(?:/\d{4})?-\d{2}\b|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    (_DIGITS, r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b|\b\d{4}(?:\s\d{4}){2,}\b|\b\d+(?:-\d+){2,}(?:-?[\dX])?\b|\b\d{3}\s\d{3}\s\d{3}\b(?!\s\d)"),  # IBAN, cards, ISBN
    (_DIGITS, r"\b(?:ISO|IEC|RFC|IEEE|DIN|NBR|ANSI|ASTM|EN|BS)(?:/[A-Z]+)*\s(?:[A-Z]+\s)?\d[\d:.-]*(?<=\d)"),  # standards
    (_DIGITS, r"(?<![\w.,])\+\d[\d ()-]{6,}\d\b|\(\d{2,4}\)\s?\d{3,5}-\d{4}\b|\b(?:\d{3}-)?\d{3}-\d{4}\b|\b\d{13,}\b|\b\d{4,5}-\d{3,4}\b(?!\d)"),  # telephones, postal codes
    (_DIGITS, r"(?<![\w.])-?\d{1,3}\.\d{3,}°?,\s?-?\d{1,3}\.\d{3,}°?|\b\d{1,3}°(?:\d{1,2}[′'])?(?:\d{1,2}(?:\.\d+)?[″\"])?[NSEWLO]\b|\b\d+\s?[′″](?:\s?\d+\s?[′″])*|\b\d'\s?\d{1,2}\""),
    ("([§©®™", r"\b\d+(?:\([a-z0-9]{1,4}\))+|§+\s?\d+[\w.-]*\w?|\[\^?[\w-]*\d(?:[\w,–-]|,\s)*\](?!\()|[©®™]\s?\d{4}(?:[–-]\d{4})?|[©®™]"),
    ("=≥≤≠≈×÷±<>+*^−→←↔⇒➜➔⟶∈∉∪∩⊂⊆∧∨", rf"(?<![\w²³]){_OPERAND}(?:\s?(?!<3\b|</?[A-Za-z][^<>]*>)(?:->|<-|[=≥≤≠≈×÷±<>+*^−→←↔⇒➜➔⟶∈∉∪∩⊂⊆∧∨]{{1,2}})\s?{_OPERAND})+(?![\w²³])"),  # formulas
    ("²³¹⁰⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉", r"(?<![\w.,])\d+\s[A-Za-zµ]{1,3}[²³](?!\w)|\b[A-Za-zµ]{0,3}\d*⁻?[₀-₉²³¹⁰-⁹][\w₀-₉²³¹⁰-⁹]*|(?<=[^\W\d_])[¹²³⁰-⁹]+|\b[A-Z]+\w*[₀-₉]\w*"),
    ("=", r"(?<![\w&?])[A-Za-z_][\w.-]*=(?:[\w./:@$-]*\w)?(?=[\s,;)\"'.!?]|$)"),  # settings: DEBUG=1
    (":(->", rf"\b{_IDENTIFIER}(?:::{_IDENTIFIER})+(?:\(\))?|\b{_IDENTIFIER}(?:\.{_IDENTIFIER})*\(\)|\b[A-Za-z_][\w.]*\((?=[^()]*[\"'])[^()\n]*\)|\b[A-Za-z_]\w*(?:->[A-Za-z_]\w*)+(?:\(\))?"),  # names in programs
    (".", r"\b(?!(?:etc|vs|aprox|approx)\.)(?:[A-Za-z_]\w+(?:\.[A-Za-z_]\w+){2,}|[a-z_]\w+\.[a-z_]\w+)\b"),
    ("", r"\b[a-z][a-z\d]*[A-Z]\w*\b|\b[A-Z][a-z\d]+[A-Z]\w*[a-z]\w*\b|\b[A-Z]{2,}[a-z]+[A-Z]\w*\b|\b[A-Z]{3,}[a-z]{3,}\w*\b"),
    ("_[", r"\b\w*[^\W_]_[^\W_]\w*\b|\b[\w-]+\[\d+\]|\b[A-Za-z_]\w*\[(?P<mark>['\"])[^'\"\]]*(?P=mark)\]"),
    ("-", rf"\b(?=\w+-)(?:(?<![\w-])(?!(?:\w+-)*(?:{_KEBAB_WORDS})(?:-|\b))[a-z]\w*(?:-[a-z]\w*){{2,}}(?![\w-])|(?<![\w-])(?!\w+-(?:in|out|up|on|off|party|time|line|way|free|based|\w+e?d|\w+ing)\b)[a-z]+-[a-z]+(?=\s(?:{_TERMS})\b)|(?<![\w-])(?:{_TECHNICAL})(?:-(?:{_TECHNICAL}))+(?![\w-])|\b(?:kebab|camel|snake|pascal)-case\b|(?:{_AFTER_TERM})[a-zà-ÿ]\w*(?:-\w+)+)"),
    (_DIGITS, r"(?<![\w.,])(?=[\w+/-]*\d)(?=[\w+/-]*[A-Za-z])(?!\d+[/-][a-zà-ÿ]{3,}\b|(?:mid|early|late|pre|post)-\d)(?!\d+(?:st|nd|rd|th|s|am|pm|h|hs|min|º|ª|h\d+(?:min)?|m|k|km|kg|cm|mm|g|ml|l)\b)[A-Za-z0-9][\w+/-]{3,}={0,2}(?<![+/-])(?!\w)"),  # codes of letters and digits
    ("", r"\b[ACGTUN]{8,}\b|\b(?i:\w*(?P<cried>[^\W\d_])(?P=cried){3,}\w*)"),  # a sequence of bases; a cry
    ("(;", r"^\s*(?:(?:if|for|while|switch)\s*\(.*\)\s*\{.*|(?:const|let|var|return|#include|using|package|from\s\S+\simport)\s.*[;>]|[\w.]+\(.*\);|\}.*;?)\s*$"),  # a line of a program
    ("x×", r"(?<![\w.,])\d+(?:\s?[x×]\s?\d+)+(?![\w.,]?\d)"),  # 10 x 20 x 30
    ("&", r"&&"),  # both of a doubled ampersand
    ("+", r"(?<!\w)(?:Ctrl|Alt|Shift|Cmd)(?:\s?\+\s?\w+)+"),  # keys
    ("¢₿₪₩₺₽₫₦₱฿₴₡₲₵₸₼₾", r"[₿₪₩₺₽₫₦₱฿₴₡₲₵₸₼₾]\s?\d[\d.,]*(?<=\d)|\d[\d.,]*(?<=\d)\s?[¢₿₪₩₺₽₫₦₱฿₴₡₲₵₸₼₾]"),  # money that is seldom met
]  # fmt: skip
_ODD = (  # what the kinds of letters only have, all but the last but one inside a word and the white space around it
    r"[a-z][A-Z]|[A-Z]{3}[a-z]{3}|[ACGTUN]{8}|([^\W\d_])(?i:\1){3}|\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)\s|[A-Z][a-z]+[A-Z]"
    rf"|(?<![\w/.-])(?:{_PROGRAMS}|make|echo)\s|^\s*(?:import|from)\s[a-z]|\s(?:Corp|Inc|Ltd|LLC|GmbH|PLC|Ltda|Lda)\b"
)
_NEEDED = frozenset("".join(needed for needed, _ in _KINDS))
# Words and numbers as most are, with the marks around them. No kind has one of these marks where it stands here: no sign
# stands between two quotation marks, no letter after a colon, a full stop or a hyphen that begins a word, no bracket
# after a letter. Whether full stops count is told by the whole text, as initials are parted by spaces.
_SMALL, _LARGE = "a-záâãàçéêíóôõú", "A-ZÁÂÃÀÇÉÊÍÓÔÕÚ"
_LETTERS = f"[{_LARGE}]?[{_SMALL}]+|[{_LARGE}]{{1,7}}"
_FIGURES = r"\d{1,12}|\d{1,3}[.,]\d{1,3}|\d{1,3}(?:[.,]\d{3}){1,2}|\d{1,2}[-:]\d{1,2}|\d{1,4}(?:st|nd|rd|th|s|[ºª])|\d{1,2}h(?:\d\d)?"
_ORDINARY = rf"[\"“'‘(]?(?:({_LETTERS})(?:-({_LETTERS}))?(?:['’]({_LETTERS}))*[.,:!?…]*[\"”'’)]?[.,:!?…]*|(?:{_FIGURES})%?[.,:!?…)]*)|[-–—]"
_HEADS = frozenset(["DEBUG", "INFO", "WARN", "TRACE"])  # of a line of a log
_CRIED = r"([^\W\d_])(?i:\1){3}"
_COMPOUNDS = frozenset(_TECHNICAL.split("|"))
_NEAR_COMPOUNDS = rf"\b(?:{_TERMS}|{'|'.join(_CALLED)})\b"
_NUMBERS = (  # which may be one thing: 1234 5678 9012, ISO 9001, 5 ″, 12 Elm Street
    rf"[A-Z\d],?\s[\d′″]|\bBox\s\d|\d[A-Za-z]?\s(?:[NSEW]\.?\s)?[A-Z][^.]*\s(?:{_STREETS})\b"
)
_QUOTE_MARKS = frozenset("\"'“‘")
_NEAR_QUOTED = rf"(?=[\"'“‘])(?:{_AFTER_NAMED})"  # column "name"
_INNER = late(r"\.\w")
_EMOJI = (
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    "[\u203c\u2049\u2122\u2139\u2190-\u21ff\u231a-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff]"
    "(?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2190-\u2bff\U0001f000-\U0001faff]|[\U000e0020-\U000e007f])*"
)
_SIGN = r"[¶†‡•‣◦¬¦¤¨¸⁂※℃℉℗℠℡⁇⁈\u2200-\u2211\u2213-\u22ff\u2300-\u2bff]+"  # met too seldom to be read
_PRIVATE = "[\ue000-\uf8ff\U000f0000-\U0010ffff]+"  # slots are such characters: a user's own must not be taken for one
_FOREIGN = (  # words with a letter that neither language has
    r"[^\W\d_]*[^\W\d_a-zA-ZáâãàäçéêíñóôõöúüïëèìòùîûÁÂÃÀÇÉÊÍÓÔÕÚÜºª\ue000-\uf8ff\U000f0000-\U0010ffff][^\W\d_]*(?:['’-][^\W\d_]+)*"
    r"|[A-ZÁÂÀÇÉÊÍÓÔÕÚÄÖÜÑ][^\W\d_]*[ñäöüïëèìòùîûÿ][^\W\d_]*|[ÄÖÜÑ][^\W\d_]+|\b(?!na[iï]|co[oö]p)[a-zà-ÿ]*[èîûùìòëäö][a-zà-ÿ]*\b"
)
# Of these characters are most lines in both languages; nothing that _WIDE or _FOREIGN finds is.
_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("áâãàçéêíóôõúÁÂÃÀÇÉÊÍÓÔÕÚºª°“”‘’–—…«»€£")
_WIDE = [f"(?:{_EMOJI})+", _PRIVATE, _SIGN]  # of characters beyond Latin-1, most of them


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: all of them take longer than most sentences."""
    return re.compile(pattern)


def private(text: str) -> Iterator[re.Match[str]]:
    """Private-use characters of the user's own."""
    return _compiled(_PRIVATE).finditer(text)


def foreign(text: str, characters: frozenset[str]) -> Iterator[re.Match[str]]:
    """Words of ``text``, which is made of ``characters``, with a letter that neither language has."""
    if (text.isascii() and text.isprintable()) or characters <= _PLAIN:
        return iter(())
    return _compiled(rf"(?:{_FOREIGN})(?:[ ·](?:{_FOREIGN}))*").finditer(text)


def piped(text: str) -> Iterator[re.Match[str]]:
    """Commands that hand their output on, or are followed by others: ``ls -l | wc``, ``./configure && make``."""
    return _compiled(_PIPED).finditer(text)


@cache
def _telling() -> frozenset[str]:
    """What is something between others, though it is a word: after a program comes its command, x may be of 10 x 20, of
    a name in a program a word tells that stands beside it."""
    programs = re.sub(r"\(\?:-get\)\?|3\??", "", _PROGRAMS).split("|")
    commands = "make echo SELECT INSERT UPDATE DELETE CREATE DROP ALTER".split()
    firms = "Corp Inc Ltd LLC PLC Ltda Lda".split()
    return frozenset(
        [*programs, *commands, *firms, *_TERMS.split("|"), *_CALLED, *"kebab camel snake pascal mailto x".split()]
    )


_OTHER, _USUAL, _BARE_WORD = range(3)


class _Levels(dict[str, int]):
    """What each word tells, with the marks around it, of those met before: of ``_OTHER`` there may be something to copy,
    or part of it; a bare one is letters, a comma or the end of a sentence, and no abbreviation either."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = level = _level(word)
        return level


_LEVELS = _Levels()
_REMEMBERED = 1 << 14


@cache
def _notable() -> frozenset[str]:
    """In small letters, and without a mark, what a word must not be to be bare and no more."""
    return frozenset(word.lower() for word in _telling()) | {word.rstrip(".)") for word in abbreviations()}


def _level(word: str) -> int:
    bare = word.rstrip(".,!?…")
    small = bare.lower()
    simple = bare.isascii() and bare.isalpha() and (bare == small or bare.istitle())  # as most are
    if simple and small not in _notable() and len(set(small)) > len(small) - 3:
        return _BARE_WORD
    match = _compiled(_ORDINARY).fullmatch(word)
    if match is None or not _telling().isdisjoint(match.groups()) or (match[2] and match[1] in _COMPOUNDS):
        return _OTHER
    if _compiled(_CRIED).search(word):
        return _OTHER
    is_bare = bare[:1].isalpha() and bare[-1:].isalpha() and bare not in _HEADS
    return _BARE_WORD if is_bare and not may_be_written_out(word) else _USUAL


@lru_cache(maxsize=64)
def special(text: str) -> list[str]:
    """The words of ``text``, with their marks, that are more than letters: in a line of which none is, nothing is to be
    copied, parts what is translated, or is short for something."""
    words = text.split()
    if words[:1] in (["import"], ["from"]):  # as a line of a program begins
        return words
    return [word for word in words if _LEVELS[word] < _BARE_WORD]


def _needed(text: str, characters: frozenset[str], others: Sequence[str]) -> frozenset[str]:
    """Characters of ``text`` by which a kind may be in it."""
    needed = frozenset("".join(others))
    if not _FIGURE.isdisjoint(characters) and _compiled(_NUMBERS).search(text):
        needed = characters
    if others and "(" in characters:  # in a line of a program with what is no word
        needed |= {"("}
    if others and "-" in characters and _compiled(_NEAR_COMPOUNDS).search(text):
        needed |= {"-"}
    return needed & _NEEDED | {"."} if _INNER.search(text) else needed & _NEEDED - {"."}


def _is_odd(text: str, others: Sequence[str]) -> bool:
    """Whether a kind of letters only may be in ``text``: its ``others`` tell, and whether it begins as one does."""
    found = others and _compiled(_ODD).search(f" {' '.join(others)} ")
    return bool(found or text.lstrip().startswith(("import", "from"))) and _compiled(_ODD).search(text) is not None


@lru_cache(maxsize=256)
def _tried(characters: frozenset[str], odd: bool) -> list[re.Pattern[str]]:
    """The patterns of the kinds that may be in a text of ``characters``."""
    kinds = [pattern for needed, pattern in _KINDS if (not characters.isdisjoint(needed) if needed else odd)]
    return list(map(_compiled, kinds))


def copied(text: str, characters: frozenset[str]) -> list[re.Match[str]]:
    """What ``text``, which is made of ``characters``, holds to copy; from left to right, none inside another."""
    patterns: list[re.Pattern[str]] = []
    others = [word for word in special(text) if _LEVELS[word] == _OTHER]
    if not _QUOTE_MARKS.isdisjoint(characters) and _compiled(_NEAR_QUOTED).search(text):
        others += _QUOTE_MARKS
    if others or not _FIGURE.isdisjoint(characters) or text.lstrip().startswith(("import", "from")):
        patterns += _tried(_needed(text, characters, others), _is_odd(text, others))
    if not (text.isascii() and text.isprintable()) and not characters <= _PLAIN:
        patterns += map(_compiled, _WIDE)
    if not patterns:
        return []
    found = [(m.start(), rank, m) for rank, pattern in enumerate(patterns) for m in pattern.finditer(text)]
    kept: list[re.Match[str]] = []
    for start, _, match in sorted(found, key=lambda one: one[:2]):
        if (not kept or kept[-1].end() <= start) and match.end() > start:
            kept.append(match)
    return kept
