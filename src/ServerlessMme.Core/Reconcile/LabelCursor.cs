namespace ServerlessMme.Core.Reconcile;

/// <summary>Finds labels by name in a listing, which it reads forward once. Not thread-safe.</summary>
/// <param name="labels">In ordinal order of their names.</param>
internal sealed class LabelCursor(IAsyncEnumerable<ListedLabel> labels) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ListedLabel> _labels = labels.GetAsyncEnumerator();
    private bool? _hasLabel;

    /// <summary>
    /// Returns the label with this name, or null if it doesn't exist or a later name has already been requested.
    /// </summary>
    public async ValueTask<ListedLabel?> FindAsync(string name)
    {
        _hasLabel ??= await _labels.MoveNextAsync();
        while (_hasLabel == true && string.CompareOrdinal(_labels.Current.Name, name) < 0)
        {
            _hasLabel = await _labels.MoveNextAsync();
        }

        return _hasLabel == true && _labels.Current.Name == name ? _labels.Current : null;
    }

    public ValueTask DisposeAsync() => _labels.DisposeAsync();
}
