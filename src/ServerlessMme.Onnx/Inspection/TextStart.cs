using System.Buffers;
using System.Text;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>
/// Recognizes text that was saved as an ONNX file, such as an error page or a Git LFS pointer. An ONNX file begins with
/// control characters.
/// </summary>
internal static class TextStart
{
    private const int MaxChecked = 64;
    private const int MaxShown = 40;

    private static readonly SearchValues<byte> Printed =
        SearchValues.Create([.. "\t\r\n"u8, .. Enumerable.Range(' ', '~' - ' ' + 1).Select(each => (byte)each)]);

    /// <summary>Returns the beginning of the first line, or null if the file doesn't begin with ASCII text.</summary>
    public static string? Find(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(file.Length, MaxChecked)];
        if (start.IndexOfAnyExcept(Printed) >= 0)
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(start).Trim();
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return text.Length == 0 ? null : Printable.Text(end < 0 ? text : text[..end], MaxShown);
    }
}
