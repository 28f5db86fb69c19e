using System.IO.Hashing;
using System.Security.Cryptography;
using Google.Protobuf;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>Writes tensors side by side into one file, each at a multiple of 64 bytes.</summary>
internal static class PackWriter
{
    private const int Alignment = 64;
    private static readonly byte[] Padding = new byte[Alignment];

    /// <summary>
    /// Writes a pack and, once it is on disk, names it after the hash of its content. The offsets are in the order of
    /// the tensors.
    /// </summary>
    public static (StoredPack Pack, IReadOnlyList<long> Offsets) Write(
        StoreLayout layout, string temporaryPath, MappedFile source, IReadOnlyList<(long Offset, long Length)> tensors)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var xxh3 = new XxHash3();
        var offsets = new List<long>(tensors.Count);
        var position = 0L;
        using (var file = new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
        {
            foreach (var (offset, length) in tensors)
            {
                Append(Padding.AsSpan(0, (int)(-position & (Alignment - 1))));
                offsets.Add(position);
                for (var done = 0L; done < length;)
                {
                    var part = source.Part(offset + done, Math.Min(length - done, 1 << 20));
                    Append(part);
                    done += part.Length;
                }
            }

            file.Flush(flushToDisk: true);

            void Append(ReadOnlySpan<byte> bytes)
            {
                file.Write(bytes);
                sha256.AppendData(bytes);
                xxh3.Append(bytes);
                position += bytes.Length;
            }
        }

        var name = sha256.GetHashAndReset();
        File.Move(temporaryPath, layout.Pack(name), overwrite: true);
        var pack = new StoredPack
        {
            Sha256 = ByteString.CopyFrom(name),
            Length = position,
            Xxh3 = xxh3.GetCurrentHashAsUInt64(),
            Written = File.GetLastWriteTimeUtc(layout.Pack(name)).Ticks,
        };
        return (pack, offsets);
    }
}
