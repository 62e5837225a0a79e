//! A bare server, to compare with: takes bytes by PUT, hashes them and writes them to the disk, as whoever keeps blobs must; its page is empty.

use std::net::SocketAddr;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves for as long as the program runs; gives its address. What it takes goes into this folder.
pub(crate) async fn serve(folder: PathBuf) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of loopback");
    let address = listener.local_addr().expect("a bound address");
    // On a thread of its own: the driver's answers must not wait for the hashing.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        let listener = listener.into_std().expect("a listener");
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let local = tokio::task::LocalSet::new();
            local.run_until(accept(listener, folder)).await;
        });
    });
    address
}

async fn accept(listener: TcpListener, folder: PathBuf) {
    let mut number = 0;
    while let Ok((stream, _)) = listener.accept().await {
        number += 1;
        let file = folder.join(number.to_string());
        tokio::task::spawn_local(async move {
            // A browser that hangs up has what it wanted.
            let _over = converse(stream, file).await;
        });
    }
}

async fn converse(mut stream: TcpStream, file: PathBuf) -> std::io::Result<()> {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut left = length.unwrap_or(0_usize);
        let mut body = read.split_off(end);
        let (mut hash, mut out) = (Sha256::new(), std::fs::File::create(&file)?);
        loop {
            let part = body.len().min(left);
            hash.update(&body[..part]);
            std::io::Write::write_all(&mut out, &body[..part])?;
            left -= part;
            read = body.split_off(part);
            body.clear();
            if left == 0 {
                break;
            }
            body.reserve(1 << 18);
            stream.read_buf(&mut body).await?;
        }
        out.sync_all()?;
        let said = hash.finalize().iter().fold(String::new(), |said, byte| said + &format!("{byte:02x}"));
        let answer =
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{said}", said.len());
        stream.write_all(answer.as_bytes()).await?;
    }
}
