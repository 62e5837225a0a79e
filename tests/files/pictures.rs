//! Pictures: what is sent of them, and what is refused before anything of it is decoded.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_files::{Metadata, dimensions, metadata};

use super::support::js;
use super::*;

/// A picture of noise, as the browser writes it.
async fn drawn(width: u32, height: u32, kind: &str) -> Vec<u8> {
    let body = "const canvas = new OffscreenCanvas(a, b);
        const context = canvas.getContext('2d');
        const noise = context.createImageData(a, b);
        for (let at = 0; at < noise.data.length; at++) noise.data[at] = at % 4 === 3 ? 255 : (at * 2654435761) >>> 24;
        context.putImageData(noise, 0, 0);
        const blob = await canvas.convertToBlob({ type: c, quality: 0.5 });
        return new Uint8Array(await blob.arrayBuffer());";
    js(body, &[width.into(), height.into(), kind.into()]).await.unchecked_into::<Uint8Array>().to_vec()
}

/// The JPEG with notes of a camera: it was held sideways, and where.
fn noted(jpeg: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // Two entries, which end at 38: then the directory of the place, whose numbers are at 56.
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, 1, 6));
    tiff.extend(entry(0x8825, 4, 1, 38));
    tiff.extend(0_u32.to_le_bytes());
    tiff.extend(1_u16.to_le_bytes());
    tiff.extend(entry(2, 5, 3, 56));
    tiff.extend(0_u32.to_le_bytes());
    for (number, of) in [(48_u32, 1_u32), (51, 1), (30, 1)] {
        tiff.extend([number.to_le_bytes(), of.to_le_bytes()].concat());
    }
    let notes = [b"Exif\0\0".as_slice(), &tiff].concat();
    let length = (notes.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &notes, &jpeg[2..]].concat()
}

#[wasm_bindgen_test]
async fn a_photo_is_sent_upright_and_small_and_says_not_where_it_was_taken() {
    let relay = Rc::new(Relay::default());
    let device = Device::new(&relay);
    let original = noted(&drawn(3000, 1200, "image/jpeg").await);
    assert_eq!(metadata(&original), Metadata { place: true, camera: false });
    let Answer::Looked { kind, media, place, .. } = device.asks(Ask::Look, &blob_of(&original)).await.unwrap().0 else {
        panic!("it was not looked at");
    };
    assert_eq!((kind, place, media.width, media.height), (Kind::Jpeg, true, 1200, 3000));

    let staged = device.stages(&blob_of(&original), How::Photo).await.unwrap();
    assert_eq!(
        (staged.name.as_str(), staged.content_type.as_str(), staged.shown),
        ("holiday.webp", "image/webp", true)
    );
    assert_eq!((staged.media.width, staged.media.height), (819, 2048));
    assert_eq!(dimensions(&staged.media.preview), Some((26, 64)));
    assert!(staged.media.preview.len() <= 4096);
    let (kind, opened) = device.opens(&staged.source, Wanted::Picture).await.unwrap();
    let bytes = bytes_of(&opened).await;
    assert_eq!((kind, dimensions(&bytes), opened.type_().as_str()), (Kind::Webp, Some((819, 2048)), "image/webp"));
    assert_eq!(metadata(&bytes), Metadata::default());
    for notes in [b"Exif".as_slice(), b"EXIF"] {
        assert!(!bytes.windows(4).any(|four| four == notes));
    }
}

#[wasm_bindgen_test]
async fn where_a_browser_writes_no_webp_a_photo_is_a_jpeg() {
    let without = support::Changed::by(
        "const convert = OffscreenCanvas.prototype.convertToBlob;
         OffscreenCanvas.prototype.convertToBlob = function (how) {
             return convert.call(this, how.type === 'image/webp' ? { type: 'image/png' } : how);
         };
         return () => { OffscreenCanvas.prototype.convertToBlob = convert; };",
    );
    let device = Device::new(&Rc::default());
    let staged = device.stages(&blob_of(&noted(&drawn(300, 100, "image/jpeg").await)), How::Photo).await.unwrap();
    drop(without);
    assert_eq!((staged.name.as_str(), staged.content_type.as_str()), ("holiday.jpg", "image/jpeg"));
    assert_eq!(Kind::of(&staged.media.preview), Kind::Jpeg);
    let (kind, _) = device.opens(&staged.source, Wanted::Picture).await.unwrap();
    assert_eq!(kind, Kind::Jpeg);
}

#[wasm_bindgen_test]
async fn an_original_is_sent_as_it_is() {
    let device = Device::new(&Rc::default());
    let original = noted(&drawn(300, 100, "image/jpeg").await);
    let staged = device.stages(&blob_of(&original), How::Original).await.unwrap();
    assert_eq!(
        (staged.name.as_str(), staged.content_type.as_str(), staged.shown),
        ("holiday.jpeg", "image/jpeg", false)
    );
    assert_eq!((staged.media.width, staged.media.height), (100, 300));
    assert!(!staged.media.preview.is_empty());
    let (_, opened) = device.opens(&staged.source, Wanted::Anything).await.unwrap();
    assert_eq!(bytes_of(&opened).await, original);
}

#[wasm_bindgen_test]
async fn a_picture_that_would_only_become_larger_stays_unless_something_is_noted_in_it() {
    let device = Device::new(&Rc::default());
    let small = drawn(200, 200, "image/webp").await;
    let staged = device.stages(&blob_of(&small), How::Photo).await.unwrap();
    assert_eq!((staged.source.size, staged.name.as_str()), (small.len() as u64, "holiday.jpeg"));
    let jpeg = noted(&drawn(40, 40, "image/jpeg").await);
    let staged = device.stages(&blob_of(&jpeg), How::Photo).await.unwrap();
    let (kind, opened) = device.opens(&staged.source, Wanted::Picture).await.unwrap();
    assert_eq!((kind, metadata(&bytes_of(&opened).await)), (Kind::Webp, Metadata::default()));
}

#[wasm_bindgen_test]
async fn what_moves_goes_on_moving() {
    // One pixel; that it may have more frames is enough.
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let device = Device::new(&Rc::default());
    let staged = device.stages(&blob_of(gif), How::Photo).await.unwrap();
    assert_eq!((staged.content_type.as_str(), staged.source.size), ("image/gif", gif.len() as u64));
    assert_eq!((staged.media.width, staged.media.height), (1, 1));
}

#[wasm_bindgen_test]
async fn a_picture_that_unfolds_to_too_much_is_not_decoded() {
    let mut bomb = drawn(10, 10, "image/png").await;
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    assert_eq!(dimensions(&bomb), Some((30_000, 30_000)));
    let relay = Rc::new(Relay::default());
    let device = Device::new(&relay);
    let watched = support::Changed::by(
        "const decode = self.createImageBitmap;
         self.decoded = 0;
         self.createImageBitmap = (...all) => { self.decoded++; return decode(...all); };
         return () => { self.createImageBitmap = decode; };",
    );
    assert_eq!(device.stages(&blob_of(&bomb), How::Photo).await.err(), Some(Failure::TooManyPixels));
    let staged = device.stages(&blob_of(&bomb), How::Original).await.unwrap();
    assert_eq!(device.opens(&staged.source, Wanted::Picture).await.err(), Some(Failure::TooManyPixels));
    assert_eq!(device.opens(&staged.source, Wanted::Anything).await.err(), Some(Failure::TooManyPixels));
    assert_eq!(support::field(&js_sys::global(), "decoded").as_f64(), Some(0.0));
    drop(watched);
    let saved = device.asks(Ask::Save { source: staged.source }, &JsValue::NULL).await.unwrap().1;
    assert_eq!(bytes_of(saved.unchecked_ref()).await, bomb, "to be saved it need not be decoded");
}

#[wasm_bindgen_test]
async fn what_is_no_picture_is_not_opened_as_one() {
    let device = Device::new(&Rc::default());
    let broken = [b"\xff\xd8\xff\xe0".as_slice(), &[0; 100]].concat();
    assert_eq!(device.stages(&blob_of(&broken), How::Photo).await.err(), Some(Failure::NotWhatItSays));
    for bytes in [b"just words".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", &broken] {
        let staged = device.stages(&blob_of(bytes), How::Original).await.unwrap();
        for wanted in [Wanted::Picture, Wanted::Video] {
            assert_eq!(device.opens(&staged.source, wanted).await.err(), Some(Failure::NotWhatItSays));
        }
    }
}

#[wasm_bindgen_test]
async fn what_could_run_in_the_page_is_given_as_text_or_bytes() {
    let device = Device::new(&Rc::default());
    for bytes in [
        b"<!doctype html><script>alert(1)</script>".as_slice(),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"\xef\xbb\xbf<html>",
        b"\0\x01<html>",
    ] {
        let staged = device.stages(&blob_of(bytes), How::Original).await.unwrap();
        let (_, opened) = device.opens(&staged.source, Wanted::Anything).await.unwrap();
        let plain = ["text/plain", "application/octet-stream"];
        assert!(plain.contains(&opened.type_().as_str()), "{}", opened.type_());
        let saved: Blob =
            device.asks(Ask::Save { source: staged.source }, &JsValue::NULL).await.unwrap().1.unchecked_into();
        assert_eq!(saved.type_(), "application/octet-stream");
    }
}

#[wasm_bindgen_test]
async fn where_a_film_was_taken_is_found_in_front_of_it_and_behind_it() {
    let device = Device::new(&Rc::default());
    let boxed =
        |name: &[u8; 4], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes(), name.as_slice(), content].concat();
    let (first, seen) = (boxed(b"ftyp", b"mp42\0\0\0\0mp42isom"), boxed(b"mdat", &[7; 100_000]));
    let place = boxed(b"moov", &boxed(b"udta", &boxed(b"\xa9xyz", b"\0\x12\x15\xc7+48.8584+002.2945/")));
    let camera = boxed(b"moov", &boxed(b"meta", b"..keys..com.apple.quicktime.make"));
    let films = [
        ([first.clone(), place.clone(), seen.clone()].concat(), (true, false)),
        ([first.clone(), seen.clone(), place.clone()].concat(), (true, false)),
        ([first.clone(), seen.clone(), camera].concat(), (false, true)),
        ([first.clone(), boxed(b"moov", b"trak"), seen].concat(), (false, false)),
        // What is seen is not looked through.
        ([first, boxed(b"mdat", &place)].concat(), (false, false)),
    ];
    for (film, said) in films {
        let Answer::Looked { kind, place, camera, .. } = device.asks(Ask::Look, &blob_of(&film)).await.unwrap().0
        else {
            panic!("it was not looked at");
        };
        assert_eq!((kind, (place, camera)), (Kind::Mp4, said));
    }
}

#[wasm_bindgen_test]
async fn what_is_noted_in_a_tiff_is_found_behind_all_that_is_drawn() {
    let device = Device::new(&Rc::default());
    let at = 9_u32 << 20;
    let with = |tag: u16| {
        let mut tiff = [b"MM\0*".as_slice(), &at.to_be_bytes()].concat();
        tiff.resize(at as usize, 7);
        [&tiff[..], &[0, 1], &tag.to_be_bytes(), &[0, 4, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0]].concat()
    };
    for (tag, noted) in [(0x8825, (true, false)), (0x010f, (false, true)), (0x0100, (false, false))] {
        let Answer::Looked { kind, place, camera, .. } = device.asks(Ask::Look, &blob_of(&with(tag))).await.unwrap().0
        else {
            panic!("it was not looked at");
        };
        assert_eq!((kind, (place, camera)), (Kind::Tiff, noted));
    }
}
