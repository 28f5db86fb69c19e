using System.Globalization;

namespace ServerlessMme.Cli.Output;

/// <summary>Formats sizes for people.</summary>
internal static class ByteSize
{
    private const double KiB = 1 << 10;
    private const double MiB = 1 << 20;

    /// <summary>Returns the size in MiB, or in KiB if it is less than one MiB: <c>2.2 MiB</c>.</summary>
    public static string Text(long bytes) => Math.Round(bytes / KiB, 1) < KiB
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB:0.0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / MiB:0.0} MiB");
}
