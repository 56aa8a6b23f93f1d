"""What personal data looks like in text: patterns only. Which of them to apply how is in privacy.py.

The patterns run over a shadow of the text in which full-width and other digits and punctuation are ASCII, so they name
plain ones only. Where a pattern has a group `it`, that group is what is personal; else the whole match is.
They would rather hide too much than too little: a title with one *** too many is still read, a phone number on a wall
cannot be taken back. Names without any cue (a label, 我叫, a form of address) cannot be told from other words.
"""

import re

_S = r"[\s\-‐‑‒–—―_.·•/|,;、。()~]{0,3}"  # what people write between the digits of one number
_CJK = r"\u3400-\u9fff"

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛"
    "邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝"
    "路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂"
    "全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕"
    "楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁"
)
_COMPOUND = "欧阳|上官|司徒|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|端木|夏侯|轩辕|宇文|长孙|独孤|南宫|西门"
_FAMILY = rf"(?:{_COMPOUND}|[{_SURNAMES}])"
# Surnames that are more often another word where no form of address follows.
_NOT_WORDS = (
    r"(?!单位|方面|常年|和|于|从|时|应|全|都|平时|原来|相关|国家|门口|门前|房东|房子|车主|车子|路上|安排|明天|来|连)"
)
_NAME = rf"{_NOT_WORDS}{_FAMILY}[{_CJK}]{{1,2}}"
_FOREIGN_NAME = rf"[{_CJK}]{{1,6}}(?:[·•・][{_CJK}]{{1,6}})+"
_WESTERN_NAME = r"[A-Z][A-Za-z'’\-]+(?:\s[A-Z][A-Za-z'’\-]*\.?){0,3}"
_PERSON = (
    "姓名|名字|联系人|联络人|当事人|举报人|投诉人|申请人|来电人|来访人|反映人|诉求人|报料人|报案人|户主|车主|死者|伤者|患者|病人|"
    "嫌疑人|被告|原告|法人|法人代表|法定代表人|负责人|经办人|业主|租户|租客|房东|承租人"
)

_NAMES = (
    # A label with a colon: whatever follows. Without one, what begins with a surname.
    rf"(?:{_PERSON})\s?:\s?[“\"「]?(?P<it>{_FOREIGN_NAME}|[{_CJK}]{{2,4}}|{_WESTERN_NAME})",
    rf"(?:{_PERSON}|我叫|名叫|叫做|我是|本人是?|本人叫)(?:是|为|叫)?\s?[“\"「]?(?P<it>{_FOREIGN_NAME})",
    rf"(?:我叫|本人叫|名叫|叫做|联系人|联络人|举报人|投诉人|申请人|来电人|反映人|诉求人|死者|伤者|户主|车主|姓名)(?:是|为|叫)?\s?"
    rf"[“\"「]?(?P<it>{_NAME})",
    # "本人李明，": also the end of the name is needed, as 本人 is followed by any word.
    rf"(?:我是|本人是?|业主|负责人|房东|租户)\s?(?P<it>{_NAME})(?=[,.。;、:(\s]|$|系|男|女|身份证|电话|手机|家?住)",
    rf"(?P<it>{_FAMILY}[{_CJK}]{{0,2}}?)(?:先生|女士|小姐|太太|阿姨|师傅|大爷|大妈|大姐|大哥|老伯|奶奶|爷爷|婆婆)",
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\b\.?\s(?P<it>{_WESTERN_NAME})",
    rf"\b(?:[Mm]y name is|[Nn]ame is|[Nn]ame\s?:|[Cc]ontact\s?:|[Cc]aller\s?:)\s?(?P<it>{_WESTERN_NAME})",
)

_NUMBERS = (
    rf"(?<!\d)(?:\+?\(?(?:00)?86\)?{_S})?0?1{_S}[3-9](?:{_S}\d){{9}}\d*",  # mobile
    r"\d{7,}[Xx]?",  # any long number: landline, ID of 15 or 18, bank card, account
    r"(?<!\d)\d(?:[\s\-‐‑‒–—―_.·]{0,2}\d){14,}[Xx]?",  # ID or bank card in groups
    r"(?<!\d)\(?0\d{2,3}\)?" + _S + r"[1-9](?:[\s\-‐‑‒–—―]?\d){6,7}(?!\d)",  # landline with area code
    r"(?<!\d)(?!(?:19|20)\d\d[\-–—\s](?:19|20)\d\d)[2-9]\d{2,3}[\-–—]\d{4}(?![\d元万米平人户年块度岁个斤吨公千辆])",
    r"(?<!\d)(?!(?:19|20)\d\d\s(?:19|20)\d\d)[2-9]\d{3}\s\d{4}(?![\d元万米平人户年块度岁个斤吨公千辆])",
    r"(?<!\d)\(?[2-9]\d{2}\)?[\s.\-]{1,2}\d{3}[\s.\-]\d{4}(?!\d)",  # North America
    r"(?<![A-Za-z])[A-Z]{1,2}\d{6}\s?\(?[\dA]\)?",  # Hong Kong and Macau identity cards
)

_ACCOUNTS = (
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9][A-Za-z0-9._%+\-]*+\s?@\s?[A-Za-z0-9\-]+(?:\s?\.\s?[A-Za-z0-9\-]+)+",
    r"(?i:微信|weixin|wechat|vx|qq|扣扣|抖音|支付宝)(?:号码|号|群号|群|账号)?[\s:是为]{0,3}(?P<it>[A-Za-z0-9_\-]{5,})",
    # number plate
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]\s?[A-Za-z][\s·•.\-]{0,2}"
    r"(?=[A-Za-z0-9\s·•\-]{0,8}\d)[A-Za-z0-9](?:[\s·•\-]?[A-Za-z0-9]){3,5}[A-Za-z0-9]*[挂学警港澳使领]?",
)

_D = r"[A-Za-z]?\d{1,6}[A-Za-z]?(?:[\-~]\d{1,6}[A-Za-z]?){0,4}"
_C = r"[一二三四五六七八九十百零〇两]{1,5}"
_NOT_A_HOUSE = (
    "(?!线|文|公告|令|通知|出|口|站|桩|厅|窗|仓|车|井|闸|机|地块|矿|台风"
    "|晚|早|上午|下午|中午|凌晨|前|后|起|开始|至|到|左右)"
)
_UNIT = "号楼|号栋|栋|幢|座|单元|梯|层|楼|室|房|户|号|铺|门"
_TAIL = rf"(?:[\s\-#之]?(?:{_D}|{_C})(?:\s?(?:{_UNIT})|(?![\d年月日点时分秒个元名人家次天米平万区期%])))*"
_WAYS = "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct|Place|Pl|Parkway|Pkwy|Terrace|Highway|Hwy"

_ADDRESSES = (
    rf"(?:{_D}|{_C})\s?(?:号楼|号栋|栋|幢|单元(?!网格)){_TAIL}",
    rf"(?:(?<![A-Za-z])[A-Za-z]|\d+)座{_TAIL}",
    r"(?<![\d.])[A-Za-z]?\d{3,4}[A-Za-z]?\s?(?:室|房(?!间|价|产|屋))",
    r"(?<!\d)\d{1,3}[\-–—]\d{1,3}[\-–—]\d{3,4}(?!\d)",  # 3-1-502
    rf"(?<=[路街道巷里弄同村组队屯坊湾苑园城区镇社厦场庄寨岭坑段坡湖山桥塘田洲沙河江冲店院])\s?(?:{_D}|{_C})(?:之(?:\d+|{_C}))?号{_NOT_A_HOUSE}{_TAIL}",
    rf"(?<![\d.第年月〕\])])\d{{3,5}}号{_NOT_A_HOUSE}{_TAIL}",
    rf"(?<=[村屯庄社寨])\s?第?(?:{_D}|{_C})(?:村民小组|小组|组|队|社)(?:\s?(?:{_D}|{_C})号)?",
    r"门牌号?码?[\s:为是]{0,2}[A-Za-z]?\d+(?:-\d+)*号?",
    r"\b\d{1,6}[A-Za-z]?(?:-\d+)?\s(?:[A-Z0-9][\w'.]*\s){1,4}(?:" + f"{_WAYS}|{_WAYS.upper()}" + r")\b\.?",
    r"\b(?:Apt|Apartment|Unit|Suite|Room|Rm|APT|APARTMENT|UNIT|SUITE|ROOM|RM)\.?\s?#?\s?\d+[A-Za-z]?\b",
)

PATTERNS = tuple(re.compile(pattern) for pattern in (*_NUMBERS, *_ACCOUNTS, *_NAMES, *_ADDRESSES))

# Over a second shadow, in which Chinese numerals are digits too: 幺三八零零……
SPOKEN_MOBILE = re.compile(r"(?<!\d)1[\s\-]?[3-9](?:[\s\-]?\d){9}")
SPOKEN_DIGITS = str.maketrans("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两", "0012345678911234567892")

IDENTITY = re.compile(r"\d{15}|\d{17}[\dXx]|1[3-9]\d{9}")
"""A text that is, as a whole, a mobile or an identity number."""
