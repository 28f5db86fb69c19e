using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>
/// Records the cut points after which networks differ, because their shared part ends there. All processes that use a
/// store append to one file, which contains an identity, and then pairs of a cut point and the cut point or model that
/// follows it. If the file is lost or damaged, models share nothing until they are opened again. A wrong pair only
/// costs an additional session. Thread-safe.
/// </summary>
internal sealed class TrunkIndex(string path)
{
    private const int KeyBytes = 16;
    private const int PairBytes = 2 * KeyBytes;

    /// <summary>
    /// Maximum size of the file. A larger file is started over. A pair is written only if it adds something new.
    /// </summary>
    private const long MostBytes = 32 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, UInt128> _following = [];
    private readonly HashSet<UInt128> _branches = [];
    private UInt128 _identity;
    private long _read;
    private int _version;

    /// <summary>Increases when a cut point becomes a branch. Cheap to read.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Returns true if some known networks are the same up to the cut point and differ after it.</summary>
    public bool IsBranch(CutPoint cut)
    {
        lock (_gate)
        {
            return _branches.Contains(Key(cut.Hash.Span));
        }
    }

    /// <summary>Reads the pairs that other processes have added.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            if (FileLength() is var length && length != _read)
            {
                Read(length);
            }
        }
    }

    /// <summary>Returns true if <see cref="Add"/> would write nothing.</summary>
    /// <inheritdoc cref="Add"/>
    public bool Has(ReadOnlySpan<byte> model, IReadOnlyList<CutPoint> cuts)
    {
        lock (_gate)
        {
            return !Pairs(model, cuts).Any(IsNew);
        }
    }

    /// <summary>Adds a model. Requires the store's lock.</summary>
    /// <param name="model">
    /// SHA-256 of the model's computation, so the same network in a folder and in an artifact shares everything.
    /// </param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Add(ReadOnlySpan<byte> model, IReadOnlyList<CutPoint> cuts)
    {
        lock (_gate)
        {
            if (FileLength() is var length && length != _read)
            {
                Read(length);
            }

            var added = Pairs(model, cuts).Where(IsNew).ToList();
            if (added.Count == 0)
            {
                return;
            }

            using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read))
            {
                if (file.Length is < KeyBytes or > MostBytes)
                {
                    _identity = BinaryPrimitives.ReadUInt128LittleEndian(RandomNumberGenerator.GetBytes(KeyBytes));
                    file.SetLength(0);
                    Write(file, _identity);
                }

                // A process that was killed while writing may have left part of a pair.
                file.SetLength(file.Length - ((file.Length - KeyBytes) % PairBytes));
                file.Position = file.Length;
                foreach (var (cut, next) in added)
                {
                    Write(file, cut);
                    Write(file, next);
                }

                _read = file.Length;
            }

            foreach (var (cut, next) in added)
            {
                Take(cut, next);
            }
        }
    }

    /// <summary>
    /// Returns the pairs from each cut point to the next, and from the last cut point to the model itself.
    /// </summary>
    private static List<(UInt128 Cut, UInt128 Next)> Pairs(ReadOnlySpan<byte> model, IReadOnlyList<CutPoint> cuts)
    {
        var pairs = new List<(UInt128, UInt128)>(cuts.Count);
        for (var i = 0; i < cuts.Count; i++)
        {
            pairs.Add((Key(cuts[i].Hash.Span), Key(i + 1 < cuts.Count ? cuts[i + 1].Hash.Span : model)));
        }

        return pairs;
    }

    private static UInt128 Key(ReadOnlySpan<byte> hash) =>
        hash.Length < KeyBytes ? default : BinaryPrimitives.ReadUInt128LittleEndian(hash);

    private static void Write(FileStream file, UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, value);
        file.Write(bytes);
    }

    private long FileLength() => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>
    /// Returns true if the pair adds something new. Two different successors make a branch, so a third adds nothing.
    /// </summary>
    private bool IsNew((UInt128 Cut, UInt128 Next) pair) =>
        !_branches.Contains(pair.Cut)
        && !(_following.TryGetValue(pair.Cut, out var first) && first == pair.Next);

    private void Take(UInt128 cut, UInt128 next)
    {
        if (!_following.TryAdd(cut, next) && _following[cut] != next && _branches.Add(cut))
        {
            Interlocked.Increment(ref _version);
        }
    }

    private void Read(long length)
    {
        using var file = Open();
        Span<byte> bytes = stackalloc byte[PairBytes];
        if (file is null || file.ReadAtLeast(bytes[..KeyBytes], KeyBytes, throwOnEndOfStream: false) < KeyBytes)
        {
            _read = length;
            return;
        }

        // A file that was started over is read from its beginning. Known pairs are kept, because they remain valid.
        var identity = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        if (identity == _identity && _read >= KeyBytes)
        {
            file.Position = _read - ((_read - KeyBytes) % PairBytes);
        }

        _identity = identity;
        while (file.ReadAtLeast(bytes, PairBytes, throwOnEndOfStream: false) == PairBytes)
        {
            Take(
                BinaryPrimitives.ReadUInt128LittleEndian(bytes),
                BinaryPrimitives.ReadUInt128LittleEndian(bytes[KeyBytes..]));
        }

        _read = length;
    }

    private FileStream? Open()
    {
        try
        {
            return new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
