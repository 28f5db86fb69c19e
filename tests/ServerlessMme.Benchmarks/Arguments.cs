using System.Globalization;

namespace ServerlessMme.Benchmarks;

/// <summary>What follows a benchmark's name on the command line.</summary>
internal sealed class Arguments(string[] args)
{
    /// <summary>Times that everything is measured; medians are reported.</summary>
    public int Rounds(int standard) => Number("--rounds", standard);

    /// <summary>Where npm installed the packages of the Node.js side; null leaves it out.</summary>
    public string? Node => Value("--node");

    /// <summary>A whole number.</summary>
    public int Number(string name, int standard) =>
        Value(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

    /// <summary>The Chromium to use; null for the one that is installed.</summary>
    public string? Browser => Value("--browser");

    /// <summary>True when the figures are to be kept.</summary>
    public bool Save => args.Contains("--save");

    private string? Value(string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();
}
