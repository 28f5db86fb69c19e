using ServerlessMme.Core.Labels;

namespace ServerlessMme.Storage;

/// <summary>Text in the metadata of blobs, whose values are headers.</summary>
internal static class MetadataText
{
    // A blob's metadata is limited to 8 KiB in total, and an escaped character takes up to 9 bytes.
    private const int MaxLength = LabelStamp.MaxAnswer;

    /// <summary>Escapes a text for a header. Long texts are cut, but never inside a surrogate pair.</summary>
    public static string Escape(string text)
    {
        if (text.Length > MaxLength)
        {
            text = text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
        }

        return Uri.EscapeDataString(text);
    }

    /// <summary>The text of a name, as it was before it was escaped; null without that name.</summary>
    public static string? Read(IDictionary<string, string>? metadata, string name) =>
        metadata?.TryGetValue(name, out var text) == true ? Uri.UnescapeDataString(text) : null;

    /// <summary>True for a text that <see cref="Escape"/> may have cut.</summary>
    public static bool MayBeCut(string text) => text.Length >= MaxLength - 1;
}
