//! Whether a customer has something to show.

use unicode_normalization::UnicodeNormalization as _;

/// What photos, films and documents are called in the twelve languages; small letters, by the first letters that all of
/// a word's forms have.
const WORDS: [&str; 58] = [
    // ja
    "写真",
    "画像",
    "動画",
    "添付",
    "スクリーンショット",
    "スクショ",
    "キャプチャ",
    // en
    "photo",
    "picture",
    "screenshot",
    "attach",
    "image",
    "video",
    "pdf",
    // zh
    "照片",
    "图片",
    "圖片",
    "截图",
    "截圖",
    "视频",
    "影片",
    "附件",
    // ko
    "사진",
    "이미지",
    "스크린샷",
    "캡처",
    "동영상",
    "첨부",
    // de, fr, es, pt, it
    "foto",
    "bilder",
    "anhang",
    "beigefügt",
    "capture d'écran",
    "pièce jointe",
    "pièces jointes",
    "ci-joint",
    "vidéo",
    "captura",
    "adjunt",
    "vídeo",
    "anexo",
    "anexei",
    "anexad",
    "allegat",
    "schermata",
    // vi, th, id
    "ảnh",
    "hình chụp",
    "đính kèm",
    "รูปถ่าย",
    "รูปภาพ",
    "ภาพถ่าย",
    "แนบไฟล์",
    "วิดีโอ",
    "gambar",
    "lampir",
    "tangkapan layar",
    "rekaman",
    "bukti",
];

/// Whether a message speaks of photos, films or documents. A word too many only offers somebody a form that takes them.
pub fn shows_evidence(text: &str) -> bool {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let text = text.replace('’', "'");
    WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_and_documents_are_known_in_all_languages() {
        for text in [
            "箱が潰れていました。写真があります",
            "ｽｸﾘｰﾝｼｮｯﾄを送ります",
            "I took PHOTOS of the damage",
            "我有照片",
            "사진 첨부할게요",
            "Ich habe Fotos gemacht",
            "Voici une capture d’écran",
            "Tengo fotos del paquete",
            "Tenho um vídeo",
            "In allegato trova la ricevuta",
            "Tôi có ảnh chụp",
            "มีรูปถ่ายสินค้า",
            "Saya punya gambar barangnya",
        ] {
            assert!(shows_evidence(text), "{text}");
        }
        for text in ["", "返金してください", "Where is my parcel?", "😀"] {
            assert!(!shows_evidence(text), "{text}");
        }
    }

    #[test]
    fn words_are_written_as_messages_are_read() {
        for word in WORDS {
            assert!(shows_evidence(word), "{word}");
        }
    }
}
