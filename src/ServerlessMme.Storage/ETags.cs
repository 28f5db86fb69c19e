using Azure;

namespace ServerlessMme.Storage;

/// <summary>
/// Converts ETags. The project writes them without quotes everywhere; storage sends some with quotes, some without.
/// </summary>
internal static class ETags
{
    public static string Unquoted(this ETag etag) => etag.ToString().Trim('"');

    public static ETag Parse(string unquoted) => new($"\"{unquoted}\"");
}
