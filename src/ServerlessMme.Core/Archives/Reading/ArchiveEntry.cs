using System.Buffers;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>One entry of an archive, other than a folder: its bytes, or the reason why there are none.</summary>
/// <param name="Name">Printable, and cut at the maximum length. Never a path on this machine.</param>
/// <param name="Bytes">The unpacked size as counted, regardless of the header.</param>
/// <param name="Rented">
/// An array from the shared pool that starts with the entry's <paramref name="Bytes"/> bytes; null if refused.
/// </param>
internal readonly record struct ArchiveEntry(string Name, long Bytes, byte[]? Rented, Refusal? Refusal)
{
    /// <summary>Returns the array to the pool. Call it only if nothing has taken over the array.</summary>
    public void Return()
    {
        if (Rented is not null)
        {
            ArrayPool<byte>.Shared.Return(Rented);
        }
    }
}
