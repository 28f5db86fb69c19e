using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Truth;

/// <summary>Options and arguments that several truth commands share.</summary>
internal static class TruthOptions
{
    public static Option<string> By()
    {
        var option = UserOption.Create("Who provided the labels, for the record.");
        NotEmpty.Check(option);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: > TruthJson.MaxBy and var length }])
            {
                result.AddError($"--by has {length} characters, but at most {TruthJson.MaxBy} are allowed.");
            }
        });
        return option;
    }

    public static Option<bool> Force(string description) => new("--force") { Description = description };
}
