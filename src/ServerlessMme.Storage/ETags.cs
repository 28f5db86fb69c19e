using Azure;

namespace ServerlessMme.Storage;

/// <summary>ETags are written without quotes everywhere in the project; storage sends some with, some without.</summary>
internal static class ETags
{
    public static string Unquoted(this ETag etag) => etag.ToString().Trim('"');

    public static ETag Parse(string unquoted) => new($"\"{unquoted}\"");
}
