using ServerlessMme.Core.Labels;

namespace ServerlessMme.Storage;

/// <summary>Text in blob metadata, whose values are sent as headers.</summary>
internal static class MetadataText
{
    // A blob's metadata is limited to 8 KiB in total, and an escaped character takes up to 9 bytes.
    private const int MaxLength = LabelStamp.MaxAnswer;

    /// <summary>Escapes text for a header. Long text is cut, but never inside a surrogate pair.</summary>
    public static string Escape(string text)
    {
        if (text.Length > MaxLength)
        {
            text = text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
        }

        return Uri.EscapeDataString(text);
    }

    /// <summary>Returns the unescaped text of a name, or null if the metadata doesn't have the name.</summary>
    public static string? Read(IDictionary<string, string>? metadata, string name) =>
        metadata?.TryGetValue(name, out var text) == true ? Uri.UnescapeDataString(text) : null;

    /// <summary>Returns true if <see cref="Escape"/> may have cut the text.</summary>
    public static bool MayBeCut(string text) => text.Length >= MaxLength - 1;
}
