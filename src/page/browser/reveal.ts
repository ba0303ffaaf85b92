/** Opens the component of several that an element lies in: all but the largest are closed at first. */
export function reveal(element: Element): void {
  const component = element.closest("details.component");
  if (component instanceof HTMLDetailsElement) component.open = true;
}
