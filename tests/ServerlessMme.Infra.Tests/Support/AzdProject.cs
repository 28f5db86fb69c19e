using ServerlessMme.Testing.Files;

namespace ServerlessMme.Infra.Tests.Support;

/// <summary>
/// The values of azure.yaml by their paths, such as <c>infra.path</c>. It reads the part of YAML that the file uses:
/// mappings indented by two spaces, with plain values.
/// </summary>
internal static class AzdProject
{
    public static Dictionary<string, string> Read()
    {
        var values = new Dictionary<string, string>();
        var path = new List<string>();
        var lines = Repository.Read("azure.yaml").Split('\n');
        foreach (var line in lines.Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#'))
        {
            var name = line.Trim();
            var colon = name.IndexOf(':', StringComparison.Ordinal);
            Assert.True(colon > 0, $"'{line}' is no mapping.");
            var depth = (line.Length - line.TrimStart().Length) / 2;
            path.RemoveRange(depth, path.Count - depth);
            path.Add(name[..colon]);
            if (name[(colon + 1)..].Trim() is { Length: > 0 } value)
            {
                values.Add(string.Join('.', path), value);
            }
        }

        return values;
    }
}
