using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Hosting;

/// <summary>Checks the attributes of an options class, and names settings as people write them.</summary>
internal sealed class SettingsValidator<T>(string section) : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var results = new List<ValidationResult>();
        var context = new ValidationContext(options);
        return Validator.TryValidateObject(options, context, results, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(results.Select(result => Describe(result, options)));
    }

    private string Describe(ValidationResult result, T options)
    {
        var text = result.ErrorMessage ?? "";
        if (result.MemberNames.FirstOrDefault() is not { } member)
        {
            return text;
        }

        // The library's own messages begin with the member; ours name the whole setting.
        var standard = $"The field {member} ";
        return text.StartsWith(standard, StringComparison.Ordinal)
            ? $"{section}:{member} is {typeof(T).GetProperty(member)?.GetValue(options)}, but {text[standard.Length..]}"
            : text;
    }
}
