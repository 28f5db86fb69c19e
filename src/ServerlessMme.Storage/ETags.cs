using Azure;

namespace ServerlessMme.Storage;

/// <summary>
/// Converts ETags. The project always writes them without quotes. Storage sends some with quotes and some without.
/// </summary>
internal static class ETags
{
    public static string Unquoted(this ETag etag) => etag.ToString().Trim('"');

    public static ETag Parse(string unquoted) => new($"\"{unquoted}\"");
}
