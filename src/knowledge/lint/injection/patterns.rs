//! What instructions to a model look like. Read over text in NFKC and lower case, with single spaces.

/// What only a model could obey.
pub(super) const STRONG: &[(&str, &str)] = &[
    (
        "tells a model to forget its instructions",
        r"\b(ignor(e|ing)|disregard(ing)?|forget(ting)?|overrid(e|ing)|bypass(ing)?|discard(ing)?)\b[^.!?]{0,40}\b(previous|prior|earlier|above|preceding|all|any|your|existing|former|foregoing|usual|initial|original)\b[^.!?]{0,30}\b(instructions?|prompts?|rules|directives?|guidelines|programming|constraints|guardrails|training|polic(y|ies))\b",
    ),
    (
        "tells a model to forget its instructions",
        r"\b(ignore|disregard|forget) (everything|anything|all of the|all the|what) (\w+ ){0,6}(before|above|said|told|so far|previously|learned)\b",
    ),
    (
        "gives a model a role",
        r"\byou(('re| are)( now| henceforth| no longer)?|( will| are going to| shall| must)( now)? (act as|be|become|play|pretend to be)) (an?|the|my|just an?) ((\w|-)+ ){0,4}(ais?|a\.i\.|artificial intelligence|chat ?bot|language model|llm|gpt|chatgpt|jailbroken)\b",
    ),
    (
        "gives a model a role",
        r"\b(act|behave|respond|answer|reply|speak|talk|function|operate) (only )?(as|like) (if you (were|are) |though you (were|are) )?(an?|the) ((\w|-)+ ){0,4}(ais?|chat ?bot|language model|llm|gpt|unfiltered|unrestricted|amoral|dan)\b",
    ),
    (
        "gives a model a role",
        r"\byou are (now )?(an? |the )?((helpful|friendly|virtual|digital|unrestricted|uncensored|evil|malicious|ai) )+(assistant|agent|bot)\b",
    ),
    (
        "gives a model a role",
        r"\bfrom (now|this (point|moment|message)) (on|onwards?|forward),? (you('re| are| will| must| should| shall| have| can)|(always |only )?(respond|answer|reply|act|speak|behave)|our conversation)\b",
    ),
    ("gives a model a role", r"\b(hello|hi|hey|dear),? (chat ?gpt|gpt|claude|gemini|copilot|llama|assistant|ai)\b"),
    ("speaks of a system prompt", r"\b(system|developer|hidden|initial|pre-?) ?prompt(s|ed)?\b"),
    (
        "asks a model for its instructions",
        r"\b(reveal|print|repeat|output|leak|display|recite|show|tell)\b[^.!?]{0,30}\byour (\w+ ){0,2}(prompts?|instructions)\b",
    ),
    (
        "imitates a model's chat format",
        r"<\|?(im_start|im_end|endoftext|begin_of_text|start_header_id|system|assistant)\|?>|\[/?inst\]|<</?sys>>|#{2,} ?(system|instructions?|assistant|human|user) ?:",
    ),
    (
        "speaks to a model",
        r"\b(note|attention|message|instructions?|notice|reminder|important|warning)( to| for|:| -) ?(the |any |all |an? )?(ais?|llms?|language models?|(ai|virtual) (assistants?|agents?)|chat ?bots?|gpt|models?)\b",
    ),
    (
        "speaks to a model",
        r"\b(if|when|whenever|since|because|as) (you('re| are)|this is read by) (an? |the )?(\w+ ){0,2}(ais?|llms?|language models?|chat ?bots?|gpt)\b",
    ),
    (
        "speaks to a model",
        r"\b(ai|llm|language)[ -](assistants?|models?|agents?|systems?)\b[^.!?]{0,15}\b(reading|processing|summari[sz]ing|parsing|indexing|that (reads?|process(es)?|summari[sz]es?)) (this|these)\b",
    ),
    (
        "is a known jailbreak",
        r"\bdo anything now\b|\bdan mode\b|\bjailbr(eak|oken) (mode|prompt|version)\b|\bstay in (dan|character)\b|\b(unfiltered|unrestricted|uncensored|amoral) (and \w+ )?(ai|chat ?bot|language model|responses?|answers?)\b|\b(without|no|not have|free of|bypass(es|ing)?) (any )?(ethical|moral|content|openai)('s)?( or \w+)? (guidelines|restrictions?|constraints?|filters?|polic(y|ies)|limitations?)\b",
    ),
    (
        "tells a model what to write",
        r"\b(encode|encrypt|translate|reverse|scramble|jumble|rearrange|anagram|misspell|render|rephrase|convert|invert|augment|enhance|shift)\b[^.!?]{0,60}\b(your|the) (response|reply|answer|output|message)('s|s')?\b",
    ),
    (
        "tells a model what to write",
        r"\b(remove|replace|group|combine|use|substitute|rearrange|shift|invert|introduce|apply|misspell|scramble|jumble)\b[^.!?]{0,60}\b(letters?|vowels?|words?|spaces|characters?|typos|emojis?|anagrams|symbols|ciphers?|substitution|base ?\d+|misspellings)\b[^.!?]{0,60}\b(your|its) (response|reply|answer|message|output)",
    ),
    (
        "tells a model what to write",
        r"\b(add|include|integrate|insert|append|weave|incorporate|place|put)\b[^.!?]{0,25}\b(sentence|statement|line|fact|claim|tip|teaser|reason|statistics?|headline|snippet|advertisement|rumou?r|appeal|announcement|recommendation|reminder)\b[^.!?]{0,120}\b(your|every|each|the) (response|reply|answer|output|summary|explanation)",
    ),
    (
        "tells a model what to write",
        r"\b(add|include|integrate|insert|append|incorporate) [^.!?]{0,30}\b(in|into|to) your (response|reply|answer|output) (a|an|the|about|that|which|referencing|detailing|stressing|encouraging|emphasizing|regarding|like|directing)\b",
    ),
    (
        "tells a model what to write",
        r#"\b(add|include|integrate|insert|append) ["“”«'][^"“”»]{3,200}["”»'][^!?]{0,60}\bto your (response|reply|answer|output)\b"#,
    ),
    (
        "tells a model what to write",
        r"\b(add|include|integrate|insert|append) (www\.|https?://)[^ ]+[^!?]{0,30}\b(in|to) your (response|reply|answer|output)\b",
    ),
    (
        "tells a model what to write",
        r"\bin your (response|reply|answer|output),? (suggest|mention|include|tease|tell|state|say|recommend|promote|hint|always|never|do not)\b",
    ),
    ("tells a model what to write", r"\bmodify your (response|reply|answer|output|elucidation) (to|by|so)\b"),
    (
        "tells a model what to write",
        r"\b(provide|give|write|render|display|express|represent|encode|return)\b[^.!?]{0,15}\b(your|the|its) (response|reply|answer|output)s? (in|with|using|as|without|only|backwards?)\b",
    ),
    (
        "tells a model what to write",
        r"\b(reply|respond|answer|write your (reply|answer|response)) (only )?(in reverse|backwards?|using (base ?\d+|only|emojis?|a cipher)|in (base ?\d+|emojis?|morse|rot13|pig latin|json only))\b",
    ),
    ("tells a model what to write", r"\buse\b[^.!?]{0,60}\b(for|in) (your|the) (response|reply|answer|output)s?\b"),
    (
        "tells a model to use this code",
        r"\b(following|below|subsequent) code (snippet|block|excerpt|section)\b[^.!?]{0,60}\b(your|the) ((\w+) ){0,1}(response|solution|implementation|algorithm|elucidation|answer)\b",
    ),
    (
        "tells a model to use this code",
        r"\byour ((\w+) ){0,1}(response|solution|implementation|algorithm|elucidation|answer)\b[^.!?]{0,80}\b(following|below|subsequent) code (snippet|block|excerpt|section)\b",
    ),
    ("would send data away through an image", r"!\[[^\]]*\]\(https?://[^)]*(\{\{?|\$\{?|%7b)"),
    // Japanese
    (
        "モデルに指示を忘れさせる文 (tells a model to forget its instructions)",
        r"(これまで|今まで|いままで|以前|前回|前述|上記|先ほど|すべて|全て|あらゆる|元|既存|従来|最初|他)の?[^。!?]{0,12}(指示|命令|プロンプト|制約|ルール|指令|ガイドライン)[^。!?]{0,8}(無視|忘れ|破棄|従わ|上書き|無効)",
    ),
    (
        "モデルに指示を忘れさせる文 (tells a model to forget its instructions)",
        r"(指示|命令|プロンプト|制約|ガイドライン)(を|は|も)?(すべて|全て|全部|一切)(無視|忘れ|破棄)",
    ),
    (
        "モデルに役割を与える文 (gives a model a role)",
        r"(あなた|君|お前|きみ)は[^。!?]{0,20}(ai|人工知能|チャットボット|言語モデル|アシスタント|ボット|gpt)(です|だ|であ|とな|になり|として)",
    ),
    ("モデルに役割を与える文 (gives a model a role)", r"(今|これ|ここ)(から|以降|より)[、,]?(は)?(あなた|君|お前)は"),
    ("システムプロンプトに触れる文 (speaks of a system prompt)", r"(システム|隠し|初期|内部|開発者) ?プロンプト"),
    (
        "モデルに話しかける文 (speaks to a model)",
        r"(この|本)(文書|記事|ページ|文章|テキスト|メール|内容)を(読|要約|処理|参照|利用|検索)[^。!?]{0,15}(ai|言語モデル|アシスタント|チャットボット|llm|ボット)",
    ),
    (
        "モデルに話しかける文 (speaks to a model)",
        r"(ai|言語モデル|llm|アシスタント|チャットボット|ボット)(へ|宛|あて|向け|に対する)の?(指示|命令|メッセージ|お願い|注意|連絡)",
    ),
    (
        "モデルに出力を命じる文 (tells a model what to write)",
        r"(回答|返答|応答|出力|答え)(を|は)[^。!?]{0,20}(エンコード|base ?64|逆順|逆さ|暗号|英語に翻訳|に変換)",
    ),
    (
        "モデルに出力を命じる文 (tells a model what to write)",
        r"(回答|応答|出力)の(最後|末尾|冒頭|最初|中|文中)に(は|も)?(必ず|常に|、|次の|以下の|「)",
    ),
    // Chinese
    (
        "让模型忘记指令的文字 (tells a model to forget its instructions)",
        r"(忽略|无视|無視|忽視|忘记|忘記|忘掉|不要理会|不要理會|跳过)[^。!?]{0,12}(之前|以上|上述|上面|前面|先前|所有|全部|此前|一切|你的)[^。!?]{0,12}(指令|指示|提示|规则|規則|命令|设定|設定|限制)",
    ),
    (
        "给模型分配角色的文字 (gives a model a role)",
        r"(你|您)(现在|現在|将|將)?(是|扮演|充当)(一个|一個|一名|一位|个)?[^。!?,]{0,12}(ai|人工智能|人工智慧|助手|助理|机器人|機器人|语言模型|語言模型|模型)",
    ),
    (
        "给模型分配角色的文字 (gives a model a role)",
        r"(从现在开始|從現在開始|从现在起|從現在起|接下来|接下來)[,、]?(你|您)(将|將|要|必须|必須|只|就|是|扮演)",
    ),
    ("提到系统提示词 (speaks of a system prompt)", r"(系统|系統|隐藏|隱藏|初始)(提示词|提示詞|prompt|指令)"),
    // Korean
    (
        "모델에게 지시를 잊게 하는 글 (tells a model to forget its instructions)",
        r"(이전|위의?|앞선|앞의|기존|모든|지금까지의?)[^.!?]{0,12}(지시|명령|프롬프트|규칙|지침)[^.!?]{0,10}(무시|잊|따르지)",
    ),
    (
        "모델에게 역할을 주는 글 (gives a model a role)",
        r"(당신은|너는|넌|귀하는)[^.!?]{0,20}(ai|인공지능|챗봇|어시스턴트|언어 ?모델|비서|봇)(입니다|이다|이야|야|로서|처럼|가 )",
    ),
    ("시스템 프롬프트를 말하는 글 (speaks of a system prompt)", r"(시스템|숨겨진|초기) ?프롬프트"),
    // German, French, Spanish, Portuguese, Italian
    (
        "tells a model to forget its instructions",
        r"\b(ignorier|vergiss|missachte)\w*[^.!?]{0,30}\b(vorherigen?|bisherigen?|obigen?|früheren?|alle)\b[^.!?]{0,25}(anweisung|befehl|regel|prompt)",
    ),
    (
        "tells a model to forget its instructions",
        r"\b(ignor|oubli|olvid|esque|dimentic)\w*[^.!?]{0,30}\b(instructions|consignes|directives|instrucciones|instruções|istruzioni|indicaciones)\b[^.!?]{0,20}\b(précédentes|antérieures|ci-dessus|anteriores|previas|precedenti|anteriormente)\b",
    ),
    (
        "tells a model to forget its instructions",
        r"\b(ignor|oubli|olvid|esque|dimentic)\w*[^.!?]{0,15}\b(toutes|todas|tutte)\b[^.!?]{0,15}\b(instructions|consignes|instrucciones|instruções|istruzioni)\b",
    ),
];

/// What may be meant for people too.
pub(super) const WEAK: &[(&str, &str)] = &[
    (
        "may tell a model what to write",
        r"\b(add|integrate|insert|append|include|modify|misspell|introduce)\b[^.!?]{0,100}\b(in|into|to|of) your (response|reply|answer|output)\b",
    ),
    (
        "may ask a model for a text",
        r"\b(write|draft|compose|generate|craft) (me )?an? ([\w-]+ ){0,3}(poem|essay|story|stories|script|haiku|song|speech|rap|function|novel|tweet|article)\b",
    ),
    (
        "may ask a model for an analysis",
        r"\b(determine|analy[sz]e|classify) the (sentiment|mood|tone)\b|\btranslate the following\b|\bsummari[sz]e the\b",
    ),
    (
        "may put words into a model's mouth",
        r"\b(tell|inform|assure|convince|direct|instruct|urge|persuade) (the |all |every |any )?(users?|customers?|readers?) (to|that)\b",
    ),
    (
        "may hide something from readers",
        r"\b(do not|don't|never|must not) (tell|reveal|disclose|mention|inform|show)\b[^.!?]{0,30}\b(to )?(the |any )?(users?|customers?|readers?)\b",
    ),
    (
        "may give a model a role",
        r"\b(pretend|imagine) (that )?(you are|you're|to be)\b|\bi want you to (act|be|play|pretend|respond|answer)\b|\b(act|behave) as (an?|my|if)\b|\brole ?-?play(ing)?\b",
    ),
    (
        "may tell a model what to say",
        r"\b(when|if|whenever) (you are |you're )?asked (about|for|whether|if)\b[^.!?]{0,60}\b(say|answer|respond|reply|tell|recommend)\b",
    ),
    (
        "may speak of a model's mode",
        r"\b(developer|debug|god|admin|test) mode (enabled|activated|on)\b|\b(chat ?gpt|gpt-?\d|openai|large language model)\b",
    ),
    ("may tell a model to use this code", r"\b(following|below|subsequent) code (snippet|block|excerpt|section)\b"),
    (
        "モデルに向けた文かもしれない (may speak to a model)",
        r"(ユーザー?|利用者|顧客)(に|には|へ)(は)?[^。!?]{0,30}(と(伝え|答え|回答し|案内し|言)|(教え|開示し|明かさ|伝え)な)",
    ),
    (
        "モデルに向けた文かもしれない (may speak to a model)",
        r"(と|について)(聞かれ|質問され|尋ねられ)た(ら|場合|とき)[^。!?]{0,40}と(答え|回答し|伝え|返答し)",
    ),
    (
        "モデルに向けた文かもしれない (may speak to a model)",
        r"(ai|アシスタント|チャットボット)(は|に)[、,]?[^。!?]{0,20}(必ず|常に|絶対に)[^。!?]{0,30}(答え|回答|案内|伝え|出力)",
    ),
    ("モデルに向けた文かもしれない (may speak to a model)", r"(になりきって|のふりをして|ロールプレイ)"),
    (
        "可能是写给模型的文字 (may speak to a model)",
        r"(告诉|告訴|告知|引导)(用户|用戶|客户|客戶|读者)[^。!?]{0,30}(说|說|去|点击|點擊)",
    ),
    ("모델에게 하는 말일 수 있음 (may speak to a model)", r"(사용자|고객)에게[^.!?]{0,30}(라고|다고) (말|답|안내)"),
];
