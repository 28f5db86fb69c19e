using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Each text of a list is a model name. An attribute, since <see cref="IValidatableObject"/> is asked only when every
/// attribute is content, and all problems are to be told at once.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ModelNamesAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var problems = (value as IEnumerable<string> ?? []).Select(text => ModelName.Parse(text).Refusal?.Message)
            .OfType<string>().ToArray();
        return problems.Length == 0
            ? ValidationResult.Success
            : new ValidationResult(
                $"{validationContext.DisplayName}: {string.Join(" ", problems)}", [validationContext.MemberName!]);
    }
}
