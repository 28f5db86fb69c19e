using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Composition;

/// <summary>Formats counts and names for sentences.</summary>
internal static class Counted
{
    private const int MaxNames = 10;

    /// <summary>Returns the count with its noun, as in <c>1,204 images</c>.</summary>
    public static string Of(long count, string noun) => count == 1 ? $"1 {noun}" : $"{Number(count)} {noun}s";

    public static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Returns the first names, safe to print on one line.</summary>
    public static string Names(IEnumerable<string> names)
    {
        var first = names.Take(MaxNames + 1).Select(name => Printable.Text(name, 60)).ToList();
        return first.Count > MaxNames ? string.Join(", ", first.Take(MaxNames)) + ", …" : string.Join(", ", first);
    }
}
