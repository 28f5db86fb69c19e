using System.Text;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Archives.Reading;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Tests.Archives;

/// <summary>What reading an archive gave.</summary>
internal sealed record Read(IReadOnlyList<ReadEntry> Entries, Refusal? Refusal)
{
    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    public static Read All(
        string name, byte[] archive, ArchiveOptions? options = null, int maxImageBytes = 20 << 20) =>
        All(name, new Trickle(archive), options, maxImageBytes);

    public static Read All(string name, Stream content, ArchiveOptions? options, int maxImageBytes)
    {
        var limits = (options ?? new ArchiveOptions()).ToLimits(new ImageOptions { MaxBytes = maxImageBytes });
        using var reader = ArchiveReader.Open(name, content, limits);
        var entries = new List<ReadEntry>();
        while (reader.Next() is { } entry)
        {
            var text = entry.Rented is null ? null : Encoding.Latin1.GetString(entry.Rented, 0, (int)entry.Bytes);
            entries.Add(new ReadEntry(entry.Name, text, entry.Bytes, entry.Refusal?.Code));
            entry.Return();
        }

        Assert.Null(reader.Next());
        return new Read(entries, reader.Refusal);
    }

    /// <summary>A network: it cannot seek, and gives less than it is asked for.</summary>
    internal sealed class Trickle(byte[] content, int failAt = int.MaxValue) : ForwardStream
    {
        private int _at;
        private int _step;

        /// <summary>Bytes that were read.</summary>
        public int Count => _at;

        public override int Read(Span<byte> buffer)
        {
            if (_at >= failAt)
            {
                throw new IOException("The network is gone.");
            }

            _step = (_step % 700) + 37;
            var count = Math.Min(Math.Min(buffer.Length, _step), content.Length - _at);
            content.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }
    }
}

internal sealed record ReadEntry(string Name, string? Text, long Bytes, ErrorCode? Code);
