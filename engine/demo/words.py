"""Word lists of the demo company. Every name is made up; mail domains end in ``.example`` (RFC 2606)."""

from __future__ import annotations

# (as written, in Latin letters): invented place-like stems and ordinary trades make company names.
JA_STEMS = (
    ("青嶺台", "aomine"), ("霧ノ原", "kirinohara"), ("白鷺野", "shirasagino"), ("星見台", "hoshimidai"),
    ("月影浜", "tsukikage"), ("風待崎", "kazemachi"), ("雪笹谷", "yukizasa"), ("瑠璃川", "rurikawa"),
    ("朝凪浦", "asanagi"), ("夕映丘", "yubae"), ("柚木沢", "yunokizawa"), ("桐生ヶ峰", "kiryugamine"),
    ("藤波瀬", "fujinamise"), ("楓ヶ淵", "kaedegafuchi"), ("千歳峠", "chitosetoge"), ("萌黄野", "moegino"),
    ("琥珀坂", "kohakuzaka"), ("群青海", "gunjokai"), ("銀杏通", "ichodori"), ("若竹里", "wakatakesato"),
    ("水鏡池", "mikagami"), ("鳴砂浜", "narisuna"), ("霞ノ森", "kasuminomori"), ("椿ヶ岬", "tsubakigasaki"),
    ("天馬原", "tenmahara"), ("花筏橋", "hanaikada"), ("木漏日", "komorebi"), ("冬芽山", "fuyume"),
    ("双葉堤", "futabatei"), ("真砂洲", "masagosu"), ("薄氷湖", "usurai"), ("蛍袋沢", "hotarubukuro"),
    ("茜雲台", "akanegumo"), ("竜胆野", "rindono"), ("泉ヶ尾", "izumigao"), ("鈴懸町", "suzukake"),
    ("灯台下", "todaishita"), ("早瀬口", "hayaseguchi"), ("小夜嵐", "sayoarashi"), ("羽衣沼", "hagoromonuma"),
    ("石楠花峰", "shakunage"), ("渡瀬戸", "wataseto"), ("麦秋平", "bakushu"), ("霜月里", "shimotsuki"),
    ("彩雲寺", "saiunji"), ("深緑台", "fukamidori"), ("糸遊原", "itoyu"), ("望潮湾", "shiomaneki"),
)  # fmt: skip
JA_TRADES = (
    ("精機", "seiki"), ("電子", "denshi"), ("物流", "butsuryu"), ("食品", "shokuhin"), ("製薬", "seiyaku"),
    ("建設", "kensetsu"), ("商事", "shoji"), ("情報システム", "joho"),
    ("印刷", "insatsu"), ("化学", "kagaku"),
    ("信用金庫", "shinkin"), ("大学", "daigaku"), ("病院", "byoin"), ("放送", "hoso"), ("運輸", "unyu"),
    ("繊維", "seni"), ("硝子", "glass"), ("水産", "suisan"), ("不動産", "fudosan"), ("エネルギー", "energy"),
    ("工務店", "komuten"), ("百貨店", "hyakkaten"), ("ソフトウェア", "software"), ("鉄道", "tetsudo"),
    ("保険", "hoken"), ("製紙", "seishi"), ("農園", "noen"),
    ("観光", "kanko"), ("警備", "keibi"), ("通信", "tsushin"),
    ("市役所", "city"), ("学園", "gakuen"), ("酒造", "shuzo"), ("測量", "sokuryo"),
)  # fmt: skip
# Trades that stand without a legal form, as public bodies and schools do.
JA_PLAIN_TRADES = frozenset({"信用金庫", "大学", "病院", "市役所", "学園"})

EN_HEADS = (
    "Brindle", "Osker", "Tarn", "Quill", "Hollow", "Merrow", "Thistle", "Fenwick", "Alder", "Copper",
    "Larch", "Marl", "Pender", "Sable", "Wether", "Yarrow", "Ember", "Gannet", "Ivel", "Kestrel",
)  # fmt: skip
EN_TAILS = ("mere", "holt", "wick", "ford", "stead", "combe", "garth", "moor", "dale", "shaw")
EN_TRADES = (
    "Logistics", "Instruments", "Foods", "Health", "Mutual", "Robotics", "Paper", "Textiles", "Media",
    "Energy", "Analytics", "Freight", "Ceramics", "College", "Retail", "Chemicals",
)  # fmt: skip
EN_FORMS = {"US": "Inc.", "GB": "Ltd", "DE": "GmbH", "SG": "Pte. Ltd."}

JA_SURNAMES = (
    ("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"), ("伊藤", "ito"),
    ("渡辺", "watanabe"), ("山本", "yamamoto"), ("中村", "nakamura"), ("小林", "kobayashi"), ("加藤", "kato"),
    ("吉田", "yoshida"), ("山田", "yamada"), ("佐々木", "sasaki"), ("松本", "matsumoto"), ("井上", "inoue"),
    ("木村", "kimura"), ("林", "hayashi"), ("清水", "shimizu"), ("斎藤", "saito"), ("阿部", "abe"),
    ("森", "mori"), ("池田", "ikeda"), ("橋本", "hashimoto"), ("石川", "ishikawa"), ("前田", "maeda"),
    ("藤田", "fujita"), ("岡田", "okada"), ("後藤", "goto"), ("長谷川", "hasegawa"), ("村上", "murakami"),
)  # fmt: skip
JA_GIVEN = (
    ("健", "ken"), ("結衣", "yui"), ("翔太", "shota"),
    ("美咲", "misaki"), ("大輔", "daisuke"), ("陽子", "yoko"),
    ("直樹", "naoki"), ("千尋", "chihiro"), ("拓也", "takuya"),
    ("恵", "megumi"), ("誠", "makoto"), ("葵", "aoi"),
    ("浩", "hiroshi"), ("由美", "yumi"), ("亮", "ryo"), ("真理", "mari"), ("蓮", "ren"), ("香織", "kaori"),
)  # fmt: skip
EN_SURNAMES = (
    "Abbott", "Becker", "Carver", "Dawson", "Ellery", "Fischer", "Garner", "Hobbs", "Ingram", "Jarvis",
    "Keller", "Lim", "Mercer", "Norton", "Osborne", "Pryce", "Quinn", "Reuter", "Sutton", "Tan",
)  # fmt: skip
EN_GIVEN = (
    "Anna", "Ben", "Clara", "David", "Erin", "Frank", "Grace", "Henry", "Ivy", "Jonas", "Kate", "Leo",
    "Maya", "Noah", "Olive", "Paul",
)  # fmt: skip

TICKET_SUBJECTS = (
    "端末が同期されない", "管理画面にログインできない",
    "エージェントの更新に失敗する", "レポートの件数が合わない",
    "証明書の有効期限が切れた", "API が 503 を返す", "バックアップが終わらない", "ライセンス数を確認したい",
    "Devices do not check in", "Sign-in loops back to the start",
    "Agent update fails", "Numbers differ in the report",
    "Certificate has expired", "API answers 503", "Backup never ends", "How many licences are in use?",
)  # fmt: skip
NOTES = (
    "導入時の窓口は情報システム部。\n定例は第2火曜。",
    "請求書は本社宛て。",
    "Procurement asks for quotes\nsix weeks ahead.",
    '担当交代の予定あり ("来春" とのこと)。',
    "Prefers calls, not mail.",
)
