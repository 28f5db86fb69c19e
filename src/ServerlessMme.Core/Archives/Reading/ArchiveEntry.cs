using System.Buffers;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>One entry of an archive that is no folder: its bytes, or why there are none.</summary>
/// <param name="Name">Printable, at most as long as allowed; never a path of this machine.</param>
/// <param name="Bytes">Size as it came out, whatever the header says.</param>
/// <param name="Rented">
/// From the shared pool, the first <paramref name="Bytes"/> are the entry's; null when refused.
/// </param>
internal readonly record struct ArchiveEntry(string Name, long Bytes, byte[]? Rented, Refusal? Refusal)
{
    /// <summary>Gives the memory back, where nobody took it over.</summary>
    public void Return()
    {
        if (Rented is not null)
        {
            ArrayPool<byte>.Shared.Return(Rented);
        }
    }
}
