using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Truth;

/// <summary>Options and arguments that several truth commands share.</summary>
internal static class TruthOptions
{
    public static Argument<string> Model() => new("model") { Description = "The model's name." };

    public static Option<string> By()
    {
        var option = UserOption.Create("Who says so, for the record.");
        NotEmpty.Check(option);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: > TruthJson.MaxBy }])
            {
                result.AddError($"--by has more than {TruthJson.MaxBy} characters.");
            }
        });
        return option;
    }

    public static Option<bool> Force(string description) => new("--force") { Description = description };

    /// <exception cref="CommandException">The text is not a model's name.</exception>
    public static ModelName Parse(string model) => ModelName.Parse(model).TryGet(out var name, out var refusal)
        ? name
        : throw new CommandException(ExitCodes.Usage, refusal.Message);
}
