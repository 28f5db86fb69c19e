using System.CommandLine;

namespace ServerlessMme.Cli.Truth;

/// <summary><c>mme truth</c>: the correct labels of images.</summary>
internal static class TruthCommand
{
    public static Command Create() => new(
        "truth", "Stores the correct labels of images, and creates training sets from them.")
    {
        ImportCommand.Create(),
        SetCommand.Create(),
        ExportCommand.Create(),
    };
}
