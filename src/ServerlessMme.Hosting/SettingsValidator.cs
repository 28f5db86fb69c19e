using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Hosting;

/// <summary>
/// Checks the attributes of an options class, and names settings as people write them. It does what
/// <see cref="Validator"/> does without that class's type descriptors, which take a tenth of a short command's time.
/// </summary>
internal sealed class SettingsValidator<T>(string section) : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var results = new List<ValidationResult>();
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            results.AddRange(Check(property, options));
        }

        if (results.Count == 0 && options is IValidatableObject whole)
        {
            results.AddRange(whole.Validate(new ValidationContext(options)));
        }

        return results.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(results.Select(result => Describe(result, options)));
    }

    private static IEnumerable<ValidationResult> Check(PropertyInfo property, T options)
    {
        var attributes = property.GetCustomAttributes<ValidationAttribute>().ToList();
        if (attributes.Count == 0)
        {
            yield break;
        }

        var value = property.GetValue(options);
        var context = new ValidationContext(options) { MemberName = property.Name, DisplayName = property.Name };
        // A missing value is reported only as missing.
        foreach (var attribute in attributes.OrderByDescending(attribute => attribute is RequiredAttribute))
        {
            if (!IsWithin(attribute, value) && attribute.GetValidationResult(value, context) is { } problem)
            {
                yield return problem;
                if (attribute is RequiredAttribute)
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>
    /// Returns true if a value is within a range that is given as strings. The attribute itself converts them slowly.
    /// </summary>
    private static bool IsWithin(ValidationAttribute attribute, object? value)
    {
        if (attribute is not RangeAttribute { Minimum: string least, Maximum: string most })
        {
            return false;
        }

        return value switch
        {
            TimeSpan time => time >= TimeSpan.Parse(least, CultureInfo.InvariantCulture)
                && time <= TimeSpan.Parse(most, CultureInfo.InvariantCulture),
            long number => number >= long.Parse(least, CultureInfo.InvariantCulture)
                && number <= long.Parse(most, CultureInfo.InvariantCulture),
            _ => false,
        };
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
